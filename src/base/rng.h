/* SPDX-License-Identifier: Apache-2.0 */
/* Random numbers as a pure function of (seed, purpose, where): Philox 4x32-10 of
 * Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC
 * 2011).  There is no generator state in the program; a struct rng is only a place in
 * one such sequence. */
#ifndef MPIBERT_BASE_RNG_H
#define MPIBERT_BASE_RNG_H

#include <stdint.h>

/* What a number is for, so that no two uses ever share one.  Never renumber: the
 * numbers are part of what a run is. */
enum rng_purpose {
    RNG_INIT = 1,     /* a tensor's first weights: (tensor, 0) */
    RNG_SHARDS = 2,   /* the order of shards: (source and group, epoch) */
    RNG_EXAMPLES = 3, /* the order of a block: (lane, block) */
    RNG_PAIRS = 4,    /* sentence pairs: (lane, block) */
    RNG_MASK = 5,     /* masking: (lane, example) */
    RNG_DROPOUT = 6,  /* dropout: see kernels/dropout.h */
    RNG_EVAL = 7,     /* masking and pairs of evaluation: (document, 0) */
    RNG_BENCH = 8,    /* random ids of benchmarks */
    RNG_TEST = 9,
    RNG_BOOTSTRAP = 10,  /* draws of seeds and examples: (which, replicate) */
    RNG_TASK = 11,       /* the order of a task's examples: (0, epoch) */
    RNG_DICTIONARY = 12, /* first atoms, order of states, new atoms: (use, iteration) */
    RNG_DRAW = 13,       /* tokens in the place of masked ones: see model/decode.c */
};

/* One block of four words from a counter and a key. */
void philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/* A sequence of numbers at (seed, purpose, a, b); a < 2^32, b < 2^48. */
struct rng {
    uint32_t key[2];
    uint32_t counter[4];
    uint32_t words[4];
    int left; /* words not yet handed out */
};

void rng_init(struct rng *rng, uint64_t seed, enum rng_purpose purpose, uint64_t a,
              uint64_t b);
uint32_t rng_u32(struct rng *rng);
uint64_t rng_u64(struct rng *rng);
/* Uniform in [0, n), without bias; n > 0. */
uint64_t rng_below(struct rng *rng, uint64_t n);
/* Uniform in [0, 1), 53 bits. */
double rng_uniform(struct rng *rng);
/* Standard normal (Box and Muller 1958). */
double rng_normal(struct rng *rng);
/* Fisher and Yates: a random order of 0 … n-1 into order[n]. */
void rng_permutation(struct rng *rng, uint32_t *order, uint32_t n);

#endif
