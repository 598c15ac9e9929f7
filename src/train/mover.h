/* SPDX-License-Identifier: Apache-2.0 */
/* Moves the weights: once gradients are summed, each rank clips and moves its shard by
 * the run's optimizer and schedule, and hands it round. */
#ifndef MPIBERT_TRAIN_MOVER_H
#define MPIBERT_TRAIN_MOVER_H

#include <stddef.h>
#include <stdint.h>

#include "mpi/comm.h"
#include "mpi/reducer.h"
#include "src/core/config.h"
#include "src/core/params.h"
#include "src/optim/optim.h"
#include "src/optim/schedule.h"
#include "src/train/moments.h"

/* Local.  The learning rate of a run of so many steps (train.steps, or what if). */
struct schedule mover_schedule(const struct config *config, int64_t steps);

struct mover; /* opaque: the optimizer, its moments of this rank's shard */

/* Local.  Moments are zero.  Borrows all until mover_destroy. */
struct mover *mover_create(const struct config *config,
                           const struct params_table *table, struct comm *comm,
                           struct reducer *reducer);
/* Local.  The spans of a table that the run's optimizer needs whole; items owned. */
struct span_list mover_whole(const struct config *config,
                             const struct params_table *table);
/* Local.  Bytes that it takes on this rank, once and before there is a mover. */
struct mover_memory {
    size_t state, saved; /* all the time; what is copied to be saved */
};
size_t mover_bytes(const struct mover *mover);
struct mover_memory mover_measure(const struct config *config,
                                  const struct params_table *table,
                                  const struct comm *comm);
/* Which elements this rank moves, and their moments. */
const struct shards *mover_shards(const struct mover *mover);
struct moments *mover_moments(struct mover *mover);

/* Local.  Of this rank's shard of the summed gradients, but for what is frozen. */
double mover_sum_squares(struct mover *mover);
/* Collective.  The same over all ranks, in bits that do not depend on how many there
 * are; NaN if any is not finite. */
double mover_exact_squares(struct mover *mover);
/* Local.  The learning rate of a step, counted from 1. */
double mover_rate(const struct mover *mover, int64_t step);
/* Collective.  Moves the shard by gradients of a global norm, and sends it on its way,
 * bucket by bucket.  A collective must lie between reduce_end and this, because this
 * rank's whole block of gradients is zero after it, ready to be added to. */
void mover_move(struct mover *mover, int64_t step, double grad_norm);
/* Local.  In its place, where nothing is to be moved: this rank's whole block of
 * gradients is zero after it, and weights are not sent. */
void mover_skip(struct mover *mover);
/* Local.  Of this rank's shard of the summed gradients: adds how many elements are not
 * finite to the counts of their tensors. */
void mover_count_nonfinite(const struct mover *mover, uint64_t *counts);
/* Local. */
void mover_destroy(struct mover *mover);

#endif
