/* SPDX-License-Identifier: Apache-2.0 */
/* Finding what is not finite: see nonfinite.h.  Bad elements are counted for each
 * tensor, which makes sums that ranks can add up: so the message is the same
 * everywhere, and whole, though each rank looked at a part. */
#include "src/model/nonfinite.h"

#include <inttypes.h>

#include "src/base/mem.h"
#include "src/kernels/vec.h"

void nonfinite_count(const struct params_table *table, struct span span,
                     const float *data, uint64_t *counts) {
    size_t end = span.offset + span.count;
    if (vec_count_nonfinite((int64_t)span.count, data) == 0)
        return; /* the rule: one pass and no more */
    for (int i = 0; i < table->count; i++) {
        const struct tensor *t = &table->tensors[i];
        size_t first = t->offset > span.offset ? t->offset : span.offset;
        size_t last = t->offset + t->count < end ? t->offset + t->count : end;
        if (first < last)
            counts[i] += (uint64_t)vec_count_nonfinite((int64_t)(last - first),
                                                       data + (first - span.offset));
    }
}

int nonfinite_judge(const struct params_table *table, const char *what,
                    const uint64_t *counts, struct err *err) {
    const struct tensor *first = NULL;
    uint64_t bad = 0;
    int tensors = 0;
    for (int i = 0; i < table->count; i++) {
        if (counts[i] == 0)
            continue;
        if (tensors++ == 0)
            first = &table->tensors[i], bad = counts[i];
    }
    return tensors == 0
               ? 0
               : err_set(err, ERR_INTERNAL,
                         "%s%s: %" PRIu64 " of %zu elements are NaN or infinite "
                         "(there are such in %d of %d tensors)",
                         what, first->name, bad, first->count, tensors, table->count);
}

int nonfinite_check(const struct params *params, struct err *err) {
    const struct params_table *table = params->table;
    uint64_t *counts = mem_alloc((size_t)table->count, sizeof *counts);
    nonfinite_count(table, (struct span){0, table->total}, params->data, counts);
    int rc = nonfinite_judge(table, "", counts, err);
    mem_free(counts);
    return rc;
}
