/* SPDX-License-Identifier: Apache-2.0 */
/* When a run is saved, and what of it. */
#ifndef MPIBERT_TRAIN_SAVER_H
#define MPIBERT_TRAIN_SAVER_H

#include <stdbool.h>
#include <stdint.h>

#include "io/ckpt/ckpt.h"
#include "src/base/err.h"
#include "src/core/series.h"
#include "src/train/session.h"

struct saver {
    double last;             /* when the last checkpoint was begun */
    int served;              /* of the times that USR1 came: those before that */
    struct series snapshots; /* the steps that are kept for ever */
    struct ckpt_retention retention;
};

/* checkpoint.snapshots was checked by config_check.  from: the step of the checkpoint
 * in checkpoint.dir that this start goes on from, or -1. */
void saver_init(struct saver *saver, const struct config *config, int64_t from);
void saver_fini(struct saver *saver);
/* Local.  Whether this rank asks for one: USR1 came (base/signals.h), or on rank 0 the
 * time of checkpoint.every_minutes.  Neither is the same on all ranks, so that it is a
 * wish (WISH_SAVE), carried round with the next step's packet. */
bool saver_asks(const struct saver *saver, const struct session *session);
/* Whether one is due after the session's step: the same answer on all ranks. */
bool saver_due(const struct saver *saver, const struct session *session, bool asked);
/* Collective.  Writes checkpoint.dir/checkpoint-STEP.h5 and forgets old ones; *path
 * gets its name.  `asked` as for saver_due: a snapshot that is due for no other reason
 * has moments only if checkpoint.snapshot_moments.  A state that is not finite is not
 * written (70), and nothing is forgotten. */
int saver_save(struct saver *saver, struct session *session, bool asked,
               struct str *path, struct err *err);

#endif
