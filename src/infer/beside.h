/* SPDX-License-Identifier: Apache-2.0 */
/* The two models of ELECTRA, which a checkpoint holds beside each other: each by
 * itself, as export, fill and fine-tuning have them, and together again.  Local. */
#ifndef MPIBERT_INFER_BESIDE_H
#define MPIBERT_INFER_BESIDE_H

#include "src/infer/bundle.h"

/* The generator of a bundle that has one, as a bundle of its own: its tensors by the
 * names of a model by itself, the embeddings among them, and options that say what it
 * is. */
void beside_take(const struct bundle *both, struct bundle *generator);
/* The generator is no longer seen in the bundle, which is the discriminator's alone. */
void beside_leave(struct bundle *both);
/* A discriminator's bundle gets a generator, out of one of its own.  Its embeddings are
 * shared if they are the same.  65: these are no such two, or do not go together. */
int beside_put(struct bundle *discriminator, const struct bundle *generator,
               struct err *err);

#endif
