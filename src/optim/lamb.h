/* SPDX-License-Identifier: Apache-2.0 */
/* LAMB (You et al., "Large batch optimization for deep learning", 2020), in the three
 * forms that BERTs were trained with.  With Adam's m and v, of a tensor w whose decay
 * is λ,
 *
 *     u = m̂ / (√v̂ + ε) + λ w        w = w - rate · ratio · u        ratio = |w| / |u|
 *
 *   lamb_albert   google-research/albert: m̂ = m, v̂ = v; the ratio is 1 for tensors
 *                 that do not decay
 *   lamb_ltg      ltgoslo/ltg-bert: m̂ = m / (1 - β1ᵗ), v̂ = v / (1 - β2ᵗ); the same
 *                 ratio, and 1 for all if λ is 0
 *   lamb_nvidia   NVIDIA's FusedLAMB: as lamb_ltg, of gradients that are first divided
 *                 by their global norm if that is above 1
 *
 * and the ratio is 1 where |w| or |u| is 0.  All have the contract of optim_fn, with
 * the unit TENSOR; the update is one for all. */
#ifndef MPIBERT_OPTIM_LAMB_H
#define MPIBERT_OPTIM_LAMB_H

#include "src/optim/optim.h"

optim_fn lamb_albert_measure, lamb_ltg_measure, lamb_nvidia_measure, lamb_update;

#endif
