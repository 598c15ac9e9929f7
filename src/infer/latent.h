/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of a dictionary's atoms, which the objective latent trains, as rows of the
 * vocabulary: how the published MLSM has them.  Local. */
#ifndef MPIBERT_INFER_LATENT_H
#define MPIBERT_INFER_LATENT_H

#include "src/infer/bundle.h"

/* The bundle gets a token [MASK-k] for each atom k, after its vocabulary; and becomes a
 * masked language model over all of these.  65: it has no atoms, or such tokens. */
int latent_keep(struct bundle *bundle, struct err *err);
/* How many it has after that. */
int64_t latent_atoms(const struct bundle *bundle);

#endif
