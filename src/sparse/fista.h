/* SPDX-License-Identifier: Apache-2.0 */
/* FISTA (Beck and Teboulle 2009), a hundred steps from zero, as the published MLSM
 * makes its codes: near the least of the non-negative lasso, not at it.  For parity. */
#ifndef MPIBERT_SPARSE_FISTA_H
#define MPIBERT_SPARSE_FISTA_H

#include <stdint.h>

#include "src/kernels/gemm.h"
#include "src/sparse/codes.h"

enum { FISTA_STEPS = 100 };

struct fista {
    int64_t K, d;
    double lambda, step;           /* step: 1 / the largest eigenvalue of D D' */
    struct gemm_packed down, back; /* atoms (K,d) packed: y ↦ D y, and r ↦ D'r */
};

struct fista_desk; /* opaque: what one thread works on */
/* For blocks of so many rows at most. */
struct fista_desk *fista_desk_create(int64_t K, int64_t d, int64_t rows);
void fista_desk_destroy(struct fista_desk *desk);

/* The step that atoms (K,d) allow. */
double fista_step(int64_t K, int64_t d, const float *atoms);
/* The codes of x (n,d), appended as rows. */
void fista_solve(const struct fista *fista, struct fista_desk *desk, int64_t n,
                 const float *x, struct codes *codes);

#endif
