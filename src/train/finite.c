/* SPDX-License-Identifier: Apache-2.0 */
/* A run's state looked at by all ranks: see finite.h.  Bad elements are counted for
 * each tensor, which makes sums that ranks can add up: so the message is the same
 * everywhere, and whole, though each rank looked at a part. */
#include "src/train/finite.h"

#include <stdio.h>

#include "src/base/mem.h"
#include "src/model/nonfinite.h"
#include "src/train/mover.h"

/* Collective.  Each rank looks at its shard of a block: it has the whole block, or only
 * its slices, one after the other. */
static int check_shard(const struct params_table *table, const struct shards *shards,
                       const float *data, bool whole, const char *what,
                       struct comm *comm, struct err *err) {
    uint64_t *counts = mem_alloc((size_t)table->count, sizeof *counts);
    size_t at = 0;
    for (int b = 0; b < shards->count; b++) {
        struct span own = shards_slice(shards, b, comm_rank(comm));
        nonfinite_count(table, own, data + (whole ? own.offset : at), counts);
        at += own.count;
    }
    comm_sum_u64(comm, counts, (size_t)table->count);
    int rc = nonfinite_judge(table, what, counts, err);
    mem_free(counts);
    return rc;
}

int finite_check_state(const struct params *weights, struct mover *mover,
                       struct comm *comm, struct err *err) {
    const struct moments *moments = mover_moments(mover);
    int rc = check_shard(weights->table, mover_shards(mover), weights->data, true, "",
                         comm, err);
    for (int i = 0; i < moments->count && rc == 0; i++) {
        const struct moment *moment = &moments->of[i];
        char what[64];
        snprintf(what, sizeof what, "moment %s of ", moment->name);
        rc = check_shard(&moment->table, &moment->shards, moment->data, false, what,
                         comm, err);
    }
    return rc;
}
