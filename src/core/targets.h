/* SPDX-License-Identifier: Apache-2.0 */
/* What a teacher says of sequences of a batch: what objectives that learn from one are
 * given beside the batch.  The teacher's own pass over the text, another rank that did
 * that, and a cache fill the same, to the last bit; an objective does not know which.
 *
 * Rows are the masked rows of these sequences, in their order; what is NULL was not
 * asked for.  All is borrowed, until whoever gave it is asked again. */
#ifndef MPIBERT_CORE_TARGETS_H
#define MPIBERT_CORE_TARGETS_H

#include <stdint.h>

#include "src/core/batch.h"

/* Of each row a few of many numbers. */
struct sparse_rows {
    const int64_t *starts; /* (rows + 1) where each row begins; NULL: there are none */
    const int32_t *at;     /* which numbers, ascending in a row; NULL: all of them */
    const float *values;
};

struct targets {
    int64_t rows, tokens;      /* masked rows, and all rows of these sequences */
    int64_t width;             /* of the teacher's layers */
    const float *states;       /* (rows,width) after the layer that it is cut at */
    struct sparse_rows logits; /* of tokens: the largest, or all */
    double temperature;        /* that they are to be compared at */
    struct sparse_rows codes;  /* of atoms: each row sums to 1, or is empty */
    int64_t relation_heads;    /* into which what follows is cut */
    int64_t attended;          /* width of its queries, of its keys, of its values */
    const float *attention;    /* (tokens,3·attended) of that layer, side by side */
};

/* What an objective may need, and sets of it. */
enum target_kind {
    TARGET_STATES = 1,
    TARGET_LOGITS = 2,
    TARGET_CODES = 4,
    TARGET_ATTENTION = 8
};

/* Of targets of the whole batch those of sequences first … first+count-1. */
struct targets targets_of(const struct targets *whole, const struct batch *batch,
                          int64_t first, int64_t count);

#endif
