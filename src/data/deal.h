/* SPDX-License-Identifier: Apache-2.0 */
/* Which lanes read which shards of a source. */
#ifndef MPIBERT_DATA_DEAL_H
#define MPIBERT_DATA_DEAL_H

#include <stdbool.h>
#include <stdint.h>

#include "io/manifest.h"

/* Lane v belongs to group v / share and has place v % share in it: of the documents of
 * the group's shards it takes every share-th. */
struct deal {
    int64_t groups;   /* divides the number of lanes */
    int64_t share;    /* lanes a group */
    int count;        /* shards of the source */
    int *rows;        /* (count) manifest rows, group by group, ascending within one */
    int *starts;      /* (groups + 1) first of each group in rows */
    bool told_sparse; /* warned that it has fewer documents than lanes */
};

/* Deals the shards of one source (a row of manifest->specs), by size. */
void deal_init(struct deal *deal, const struct manifest *manifest, int source,
               int64_t lanes);
/* Bytes of text in a shard: an estimate by its size and its name's ending. */
int64_t deal_text_bytes(const struct manifest_shard *shard);
void deal_fini(struct deal *deal);

#endif
