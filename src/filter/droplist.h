/* SPDX-License-Identifier: Apache-2.0 */
/* Documents to drop, by shard and number: what `corpus dedup` writes. */
#ifndef MPIBERT_FILTER_DROPLIST_H
#define MPIBERT_FILTER_DROPLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/err.h"
#include "src/base/hash.h"
#include "src/base/map.h"
#include "src/core/doc.h"

/* Zero it to begin. */
struct droplist {
    struct map shards; /* base name to its number from 1 */
    uint64_t *drops;   /* (count) shard << 40 | ordinal, ascending */
    size_t count, room;
    struct hash128 hash; /* of the file */
};

/* Lines "SHARD<TAB>ORDINAL": a shard's base name, and doc.ordinal, counted from 0.  In
 * any order.  66, 74 if the file cannot be read, 65 if a line is not of this form.
 * Finish with droplist_fini either way. */
int droplist_read(struct droplist *list, const char *path, struct err *err);
bool droplist_has(const struct droplist *list, const struct doc *doc);
void droplist_fini(struct droplist *list);

#endif
