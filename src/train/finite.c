/* SPDX-License-Identifier: Apache-2.0 */
/* A run's state looked at by all ranks: see finite.h. */
#include "src/train/finite.h"

#include "src/base/mem.h"
#include "src/model/nonfinite.h"
#include "src/train/mover.h"

int finite_check_state(const struct params *weights, struct mover *mover,
                       struct comm *comm, struct err *err) {
    static const char *const names[] = {"", "first moment of ", "second moment of "};
    const struct shards *shards = mover_shards(mover);
    const struct params_table *table = weights->table;
    size_t n = (size_t)table->count, at = 0;
    uint64_t *counts = mem_alloc(3 * n, sizeof *counts);
    for (int b = 0; b < shards->count; b++) {
        struct span own = shards_slice(shards, b, comm_rank(comm));
        nonfinite_count(table, own, weights->data + own.offset, counts);
        nonfinite_count(table, own, mover_moment(mover, 0) + at, counts + n);
        nonfinite_count(table, own, mover_moment(mover, 1) + at, counts + 2 * n);
        at += own.count;
    }
    comm_sum_u64(comm, counts, 3 * n);
    int rc = 0;
    for (size_t i = 0; i < 3 && rc == 0; i++)
        rc = nonfinite_judge(table, names[i], counts + i * n, err);
    mem_free(counts);
    return rc;
}
