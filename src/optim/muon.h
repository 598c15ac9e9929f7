/* SPDX-License-Identifier: Apache-2.0 */
/* Muon (Jordan et al. 2024), as torch.optim.Muon with adjust_lr_fn="match_rms_adamw",
 * in single precision: of a matrix W (r, c) of the layers
 *
 *     M = μ M + (1 - μ) G        D = μ M + (1 - μ) G        O = nearest orthogonal of D
 *     W = W - rate · λ W - rate · 0.2 √max(r, c) · O
 *
 * All other tensors move as adamw moves them, by the same rate, with moments of their
 * own.  */
#ifndef MPIBERT_OPTIM_MUON_H
#define MPIBERT_OPTIM_MUON_H

#include "src/optim/optim.h"

/* The contract of optim_fn, with the unit MATRIX. */
optim_fn muon_update;
/* Floats of scratch for the largest matrix of the layers. */
size_t muon_scratch(const struct params_table *table);

#endif
