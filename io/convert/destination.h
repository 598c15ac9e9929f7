/* SPDX-License-Identifier: Apache-2.0 */
/* The folder that an export goes to.  What is written is staged in a folder within it
 * and moved up when it is known to be good, so that no half or wrong model is ever
 * there to be loaded; what is not ours in it is never removed. */
#ifndef MPIBERT_IO_CONVERT_DESTINATION_H
#define MPIBERT_IO_CONVERT_DESTINATION_H

#include <stdbool.h>

#include "io/convert/format.h"
#include "src/base/err.h"
#include "src/base/str.h"

struct destination {
    const struct format *format;
    struct str dir;
    struct str stage; /* write here; on the same file system */
    bool made;        /* dir was not there before */
    bool exported;    /* it held an older export */
};

/* Makes dir and the stage.  78 where dir holds files that no export of the format wrote
 * and `force` is not given: a folder is an export's when its files say so, or a move
 * that was interrupted left its stage, and all names in it are of the format.  74: a
 * file, or not to be written to.  On failure nothing is left. */
int destination_begin(struct destination *destination, const struct format *format,
                      const char *dir, bool force, struct err *err);
/* Moves the staged files up, the format's first one last: an interrupted move loads
 * nowhere, and the next export goes over it.  Of an older export, files that the new
 * one lacks are removed. */
int destination_commit(struct destination *destination, struct err *err);
/* Removes the stage, and dir if it was made.  Accepts a zeroed one, and one that is
 * done. */
void destination_abandon(struct destination *destination);

#endif
