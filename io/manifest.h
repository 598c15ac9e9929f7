/* SPDX-License-Identifier: Apache-2.0 */
/* Which shards a run reads: the paths and globs of data.sources, resolved. */
#ifndef MPIBERT_IO_MANIFEST_H
#define MPIBERT_IO_MANIFEST_H

#include <stdint.h>

#include "src/base/err.h"
#include "src/core/config.h"

struct manifest_shard {
    char *path;    /* owned */
    int64_t bytes; /* stored */
    int source;    /* row of the specs */
};

struct manifest {
    const struct source_spec *specs; /* borrowed */
    int spec_count;
    struct manifest_shard *shards; /* source by source; within one sorted by path */
    int shard_count;
};

/* Resolves; a pattern or path that finds nothing is 66, a shard that two rows find
 * is 78. */
int manifest_init(struct manifest *manifest, const struct source_spec *specs, int count,
                  struct err *err);
void manifest_fini(struct manifest *manifest);

#endif
