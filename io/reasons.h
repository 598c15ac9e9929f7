/* SPDX-License-Identifier: Apache-2.0 */
/* Why a source gave no document: its files, each with its reason, in one line.  The
 * rule for every command: a source of which nothing was read ends the run with 65. */
#ifndef MPIBERT_IO_REASONS_H
#define MPIBERT_IO_REASONS_H

#include "io/manifest.h"
#include "src/base/err.h"
#include "src/base/str.h"

/* Zero it to begin. */
struct reasons {
    struct str
        text; /* "a.zip: is a zip archive: skipped; b.bin: …", as long as a line */
};

/* One file more. */
void reasons_add(struct reasons *reasons, const char *path, const char *why);
/* Those of another. */
void reasons_join(struct reasons *reasons, struct slice more);
/* The fault of a source, a row of manifest->specs, or of all (-1), of which so many
 * files were read (0: all of them): returns -1 with 65 and the line. */
int reasons_fault(const struct manifest *manifest, int source, int files,
                  struct slice reasons, struct err *err);
void reasons_fini(struct reasons *reasons);

#endif
