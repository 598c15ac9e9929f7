/* SPDX-License-Identifier: Apache-2.0 */
/* A step lane by lane (train.reproducible: bitwise): the same bits on any number of
 * ranks.  Each lane goes through the program by itself, gradients are added up in the
 * tree of lanes (mpi/lanetree.h), losses in order of lanes, and squares in fixed point
 * (kernels/squares.h). */
#ifndef MPIBERT_TRAIN_LANEWISE_H
#define MPIBERT_TRAIN_LANEWISE_H

#include "mpi/comm.h"
#include "mpi/reducer.h"
#include "src/core/config.h"
#include "src/train/program.h"

/* Whether a configuration asks for it. */
bool lanewise_is(const struct config *config);
/* Local.  78: it asks for it, and for what has no such form. */
int lanewise_check(const struct config *config, struct err *err);

struct lanewise; /* opaque */

/* Local.  Borrows all until lanewise_destroy. */
struct lanewise *lanewise_create(const struct config *config, struct comm *comm,
                                 struct reducer *reducer);
/* Local.  Bytes that it takes on this rank. */
size_t lanewise_measure(const struct config *config, const struct comm *comm,
                        const struct shards *shards);
/* Collective.  Forward and back with the whole batch, which has the rank's lanes in
 * order; step->grads are the reducer's, and have this rank's shard of the sum over all
 * lanes after it. */
void lanewise_run(struct lanewise *lanewise, const struct models *models,
                  const struct program_step *step);
/* Collective, after it: the sums over all lanes of losses and of right answers. */
void lanewise_sum(struct lanewise *lanewise, struct model_sums *sums);
/* Accepts NULL. */
void lanewise_destroy(struct lanewise *lanewise);

#endif
