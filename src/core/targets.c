/* SPDX-License-Identifier: Apache-2.0 */
/* A part of what a teacher says: see targets.h.  Nothing is copied: where a sparse row
 * begins is counted from the beginning of all of them. */
#include "src/core/targets.h"

#include <stddef.h>

static const float *rows_from(const float *rows, int64_t first, int64_t width) {
    return rows ? rows + first * width : NULL;
}

static struct sparse_rows sparse_from(struct sparse_rows rows, int64_t first) {
    if (rows.starts)
        rows.starts += first;
    return rows;
}

struct targets targets_of(const struct targets *whole, const struct batch *batch,
                          int64_t first, int64_t count) {
    int32_t masked = batch->masked_starts[first], row = batch->starts[first];
    struct targets part = *whole;
    part.rows = batch->masked_starts[first + count] - masked;
    part.tokens = batch->starts[first + count] - row;
    part.states = rows_from(whole->states, masked, whole->width);
    part.logits = sparse_from(whole->logits, masked);
    part.codes = sparse_from(whole->codes, masked);
    part.attention = rows_from(whole->attention, row, 3 * whole->attended);
    return part;
}
