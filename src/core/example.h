/* SPDX-License-Identifier: Apache-2.0 */
/* One training sequence, before and after masking: [CLS] A [SEP], [CLS] A [SEP] B
 * [SEP], or several documents packed; those that are isolated are each a [CLS] A [SEP],
 * which neither sees the others nor knows its place among them. */
#ifndef MPIBERT_CORE_EXAMPLE_H
#define MPIBERT_CORE_EXAMPLE_H

#include <stdint.h>

/* Of a pair of text: its second half follows the first, or, by data.packing, is random
 * or what comes before it. */
enum { NEXT_NONE = -1, NEXT_FOLLOWS = 0, NEXT_RANDOM = 1, NEXT_SWAPPED = 1 };

struct example {
    int32_t length; /* tokens, special ones too */
    int32_t split;  /* first token of segment 1; = length without a pair */
    int32_t next;   /* NEXT_…: the label of a pair */
    int32_t masked; /* how many rows are to be predicted */
    int32_t *ids; /* (length), masked ones already replaced; capacity sequence_length */
    int32_t *positions;  /* (masked), ascending */
    int32_t *labels;     /* (masked), the ids that were there, or a task's labels */
    const float *scores; /* (masked) the numbers of regression; NULL: none */
    int32_t cut_count;   /* isolated documents after the first */
    int32_t *cuts;       /* (cut_count), ascending: where each begins */
    /* (cut_count + 1) the same as split of each such document; NULL: split says it */
    const int32_t *splits;
};

#endif
