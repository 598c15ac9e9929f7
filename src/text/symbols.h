/* SPDX-License-Identifier: Apache-2.0 */
/* The learner's symbols: distinct byte strings, numbered in the order they came. */
#ifndef MPIBERT_TEXT_SYMBOLS_H
#define MPIBERT_TEXT_SYMBOLS_H

#include <stdint.h>

#include "src/base/map.h"
#include "src/base/str.h"

/* Zero it to begin. */
struct symbols {
    struct slice *names; /* (count), bytes kept in `ids` */
    uint64_t *counts;    /* (count) occurrences: kept by the learner; 0 at first */
    uint32_t count, capacity;
    struct map ids;
};

/* The number of a name, which is given one if it had none. */
uint32_t symbols_put(struct symbols *symbols, struct slice name);
/* As memcmp, a prefix before what it begins. */
int symbols_compare(const struct symbols *symbols, uint32_t a, uint32_t b);
void symbols_fini(struct symbols *symbols);

#endif
