/* SPDX-License-Identifier: Apache-2.0 */
/* Sparse codes by the clock, each mode. */
#ifndef MPIBERT_BENCH_CODES_H
#define MPIBERT_BENCH_CODES_H

#include <stdint.h>

#include "src/sparse/coder.h"

/* What a mode makes of the same vectors. */
struct bench_code {
    double seconds;   /* of a vector, by all threads: the median */
    double atoms;     /* in a code */
    double objective; /* mean of ½ ‖x - Σ a d‖² + λ Σ a */
};

/* Vectors and a dictionary. */
struct bench_codes {
    int64_t K, d, n;
    double lambda;
    const float *atoms, *x; /* (K,d) (n,d) */
};

/* Local.  Each mode in turns, and how far the codes of exact and fista100 are from each
 * other: the mean over vectors of Σ |q - q'|, of codes that sum to 1. */
void bench_codes(const struct bench_codes *codes, struct bench_code result[CODER_MODES],
                 double *distance);
/* Owned: n directions of d numbers that have much in common, as a model's states have;
 * tag: others for another. */
float *bench_codes_directions(int64_t n, int64_t d, uint64_t tag);

#endif
