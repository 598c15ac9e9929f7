/* SPDX-License-Identifier: Apache-2.0 */
/* The non-negative lasso, exactly: of all a ≥ 0 the one with the least
 * ½ ‖x - Σ a_k d_k‖² + λ Σ a_k.  x is known by its products with all atoms alone, and
 * the atoms by those with each other. */
#ifndef MPIBERT_SPARSE_LASSO_H
#define MPIBERT_SPARSE_LASSO_H

#include <stdint.h>

#include "src/sparse/codes.h"

struct lasso {
    int64_t K, most; /* atoms; in a code at most */
    double lambda;
    const float *gram; /* (K,K) products of atoms */
};

struct lasso_desk; /* opaque: what one thread works on */
struct lasso_desk *lasso_desk_create(int64_t K, int64_t most);
void lasso_desk_destroy(struct lasso_desk *desk);

/* The code of a vector by its products with all atoms (K), appended as a row.  It meets
 * the conditions of the least: with the gradient g = D'(x - D a) - λ, g_k = 0 where
 * a_k > 0, and g_k ≤ 0 elsewhere, to 2e-6 for vectors and atoms no longer than 1; but
 * with `most` atoms it is as good as they can make it. */
void lasso_solve(const struct lasso *lasso, struct lasso_desk *desk,
                 const float *products, struct codes *codes);

#endif
