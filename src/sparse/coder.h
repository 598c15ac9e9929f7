/* SPDX-License-Identifier: Apache-2.0 */
/* Vectors to sparse codes by a dictionary of K atoms: the non-negative lasso, exactly
 * (lasso.h), or as the published MLSM computes it (fista.h). */
#ifndef MPIBERT_SPARSE_CODER_H
#define MPIBERT_SPARSE_CODER_H

#include <stdint.h>

#include "src/sparse/codes.h"

enum coder_mode { CODER_EXACT, CODER_FISTA100, CODER_MODES };
extern const char *const coder_names[CODER_MODES]; /* "exact" "fista100" */

struct coder_options {
    enum coder_mode mode;
    int64_t K, d;
    double lambda;
    const float *atoms; /* (K,d) borrowed */
    const float *gram;  /* (K,K) of exact: borrowed; NULL: made and kept here */
};

/* What is coded of a state (d): unit is it at length 1, or zeros if it has none; -0
 * becomes 0, so that sums with nothing keep every bit. */
void coder_unit(int64_t d, const float *state, float *unit);

struct coder; /* opaque */
struct coder *coder_create(const struct coder_options *options);
/* After the atoms changed. */
void coder_renew(struct coder *coder);
/* The codes of x (n,d) as rows, in place of those that were there.  By all threads,
 * from outside of a parallel region.  A row is a function of its vector alone, to
 * the bit. */
void coder_run(struct coder *coder, int64_t n, const float *x, struct codes *codes);
void coder_destroy(struct coder *coder); /* accepts NULL */

#endif
