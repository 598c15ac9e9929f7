/* SPDX-License-Identifier: Apache-2.0 */
/* The loss of a masked language model from the hidden rows: a product with the
 * vocabulary, softmax cross-entropy over it, and the gradients of both, without a
 * matrix of logits that travels to memory and back for each of them. */
#ifndef MPIBERT_KERNELS_DECODER_H
#define MPIBERT_KERNELS_DECODER_H

#include <stddef.h>
#include <stdint.h>

#include "src/kernels/race.h"

struct decoder {
    int64_t rows, H, V;
    const float *x;        /* (rows,H) */
    const float *weight;   /* (V,H) */
    const float *bias;     /* (V) */
    const int32_t *labels; /* (rows) 0 … V-1 */
    float scale;    /* what a row's loss counts in the gradient; 0: no gradient */
    float *dx;      /* (rows,H) is written; not x */
    float *dweight; /* (V,H) is added to */
    float *dbias;   /* (V) is added to */
    void *scratch;  /* decoder_scratch_bytes, aligned to 64 */
    /* Where a word is drawn for each row by the probabilities, too (race.h); NULL: none
     * is. */
    const struct philox_row *noise; /* (rows) */
    int32_t *drawn;                 /* (rows) is written */
};

/* What decoder_loss needs for so many rows or fewer; most of it is V · rows floats. */
size_t decoder_scratch_bytes(int64_t rows, int64_t H, int64_t V);

/* Logits are x · weightᵀ + bias.  Adds Σ -log softmax(logits)[label] to *loss, and to
 * *correct the rows whose label is the first of the largest.  For all threads of a team
 * together, or for one outside of a parallel region; the bits do not depend on how many
 * they are.  Ends with a barrier. */
void decoder_loss(const struct decoder *decoder, double *loss, int64_t *correct);

#endif
