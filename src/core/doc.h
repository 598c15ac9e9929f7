/* SPDX-License-Identifier: Apache-2.0 */
/* One document as a reader hands it out. */
#ifndef MPIBERT_CORE_DOC_H
#define MPIBERT_CORE_DOC_H

#include <stdint.h>

#include "src/base/str.h"

struct doc {
    struct slice text;  /* UTF-8 as found (may be ill-formed), markup removed, lines
                           ended by LF; borrowed until the next document is asked for */
    const char *shard;  /* base name of the shard's file; borrowed alike */
    const char *member; /* name inside the shard, "" for a plain file; borrowed alike */
    struct slice url;   /* where it is from and what it is written in (as its source */
    struct slice
        language;    /* spells it: "en", "eng"), empty if not said; borrowed alike */
    int64_t ordinal; /* counts from 0 within the shard, dropped documents too */
};

#endif
