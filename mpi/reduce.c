/* SPDX-License-Identifier: Apache-2.0 */
/* Sums of gradients: see reduce.h.
 *
 * A span is summed where it begins, before reduce_begin returns.  Callers may not rely
 * on that: the contract lets a span travel until reduce_end. */
#include "mpi/reduce.h"

#include <stdbool.h>

#include "src/base/die.h"
#include "src/base/mem.h"
#include "src/base/timer.h"

struct reducer {
    struct comm *comm; /* borrowed */
    float *block;      /* borrowed: count elements */
    size_t count;
    double seconds;
    bool in_flight; /* a span began and reduce_end has not been called */
};

struct reducer *reducer_create(struct comm *comm, float *block, size_t count) {
    struct reducer *reducer = mem_alloc(1, sizeof *reducer);
    *reducer = (struct reducer){.comm = comm, .block = block, .count = count};
    return reducer;
}

void reduce_begin(struct reducer *reducer, struct span span) {
    CHECK(span.offset <= reducer->count && span.count <= reducer->count - span.offset);
    double start = timer_now();
    reducer->in_flight = true;
    comm_sum_f32(reducer->comm, reducer->block + span.offset, span.count);
    reducer->seconds += timer_now() - start;
}

void reduce_end(struct reducer *reducer) { reducer->in_flight = false; }

double reduce_seconds(struct reducer *reducer) {
    double seconds = reducer->seconds;
    reducer->seconds = 0;
    return seconds;
}

void reducer_destroy(struct reducer *reducer) {
    CHECK(reducer == NULL || !reducer->in_flight);
    mem_free(reducer);
}
