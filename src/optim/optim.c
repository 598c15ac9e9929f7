/* SPDX-License-Identifier: Apache-2.0 */
/* What an optimizer's row says of a table: see optim.h. */
#include "src/optim/optim.h"

#include <stddef.h>

#include "src/base/mem.h"

struct span_list optim_whole(const struct optimizer *optimizer,
                             const struct params_table *table) {
    struct span_list whole = {0};
    if (optimizer->unit != OPTIM_MATRIX)
        return whole;
    whole.items = mem_alloc((size_t)table->count, sizeof *whole.items);
    for (int i = 0; i < table->count; i++) {
        const struct tensor *t = &table->tensors[i];
        if (t->hidden)
            whole.items[whole.count++] = (struct span){t->offset, t->count};
    }
    return whole;
}

int optim_moments(const struct optimizer *optimizer) {
    int count = 0;
    while (optimizer->moments[count].name)
        count++;
    return count;
}

bool optim_has(const struct optim_moment *moment, const struct tensor *tensor) {
    return moment->of == OPTIM_ALL || tensor->hidden == (moment->of == OPTIM_MATRICES);
}
