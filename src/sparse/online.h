/* SPDX-License-Identifier: Apache-2.0 */
/* A dictionary learnt from samples as they come (Mairal, Bach, Ponce and Sapiro 2010,
 * "Online learning for matrix factorization and sparse coding"), as SPAMS does it:
 * sums over the codes of all samples so far, of which the older count less and less,
 * and one pass over the atoms a batch.  It knows no ranks: who has the codes of a whole
 * batch, has the next dictionary. */
#ifndef MPIBERT_SPARSE_ONLINE_H
#define MPIBERT_SPARSE_ONLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "src/sparse/codes.h"

struct online_options {
    int64_t K, d;    /* atoms, and their width */
    int64_t batch;   /* samples of an iteration */
    int64_t samples; /* in all: what is remembered is no more than twice of them */
    /* The first iteration as SPAMS has it: what is known before the first sample then
     * counts 1 - batch times. */
    bool parity;
};

struct online {
    struct online_options options;
    int64_t iteration; /* how many are done */
    double prior;      /* what the first atoms count: as if each had been a sample */
    float *atoms;      /* (K,d) at most of length 1 */
    float *first;      /* (K,d) the first ones */
    float *gram;       /* (K,K) products of atoms: of online_clean */
    float *pairs;      /* (K,K) Σ a a' over codes, decayed; symmetric */
    float *sums;       /* (K,d) Σ a x' */
    float *products;   /* a block of atoms of pairs · atoms */
    float *panels;     /* atoms, packed for that */
};

/* Begins with atoms (K,d), each made as long as 1, if it is not zero. */
struct online *online_create(const struct online_options *options, const float *first);
/* Before each batch: makes the products of atoms; an atom that is as good as zero, or
 * the same as one before it, gives way to a sample that `pick` writes (d). */
typedef void online_pick_fn(float *sample, void *context);
void online_clean(struct online *online, online_pick_fn *pick, void *context);
/* Takes a batch of samples x (batch,d) with their codes, and moves the atoms.  By all
 * threads, from outside of a parallel region; the bits do not depend on how many they
 * are. */
void online_step(struct online *online, const float *x, const struct codes *codes);
/* So many iterations count as done: whose atoms and sums the caller has. */
void online_skip(struct online *online, int64_t iterations);
/* A pass over the atoms by the sums as they are. */
void online_move(struct online *online);
/* The mean of ½ ‖x - Σ a d‖² + λ Σ a over rows of codes. */
double online_objective(const struct online *online, double lambda, const float *x,
                        const struct codes *codes);
void online_destroy(struct online *online); /* accepts NULL */

#endif
