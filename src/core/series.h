/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers written as a list: "0,20k..200k/20k,300k..2M/100k", "1%..10%/1%". */
#ifndef MPIBERT_CORE_SERIES_H
#define MPIBERT_CORE_SERIES_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/err.h"

struct series {
    int64_t *values; /* (count) rising, each once; owned */
    int count;
};

/* Items between commas: N, or FIRST..LAST, or FIRST..LAST/STEP; numbers as parse_int
 * reads them, 0 or more, or percentages of `whole`, rounded.  -1 (78) names the item
 * that is none; the caller's key goes before it. */
int series_parse(const char *text, int64_t whole, struct series *series,
                 struct err *err);
bool series_has(const struct series *series, int64_t value);
void series_fini(struct series *series);

#endif
