/* SPDX-License-Identifier: Apache-2.0 */
/* When a run is saved, and what of it.
 *
 * A checkpoint is begun, from a copy of the state or from the state itself, and ended;
 * between the two training may go on (checkpoint.async), and the ranks take it on, a
 * stage at a time, after steps in which none of them was busy with it.  One is on its
 * way at a time.  Only what was ended counts as saved. */
#ifndef MPIBERT_TRAIN_SAVER_H
#define MPIBERT_TRAIN_SAVER_H

#include <stdbool.h>
#include <stdint.h>

#include "io/ckpt/ckpt.h"
#include "src/base/err.h"
#include "src/core/series.h"
#include "src/train/session.h"

/* Room for a share that is saved. */
struct saver_copy {
    float *data; /* owned */
    size_t room; /* elements */
};

struct saver {
    double last;             /* when the last checkpoint was begun */
    int served;              /* of the times that USR1 came: those before that */
    struct series snapshots; /* the steps that are kept for ever */
    struct ckpt_retention retention;
    int lost; /* checkpoints in a row that could not be written */

    /* The one on its way, and the last that was. */
    struct ckpt_writing *writing; /* NULL: none is */
    struct ckpt_header header;
    struct saver_copy copies[CKPT_BLOCKS]; /* of this rank's shares of it */
    struct str path;
    int64_t step;
    double seconds; /* it took, copies and work */
    bool must;      /* the run may not go on without it */
};

/* checkpoint.snapshots was checked by config_check.  from: the step of the checkpoint
 * in checkpoint.dir that this start goes on from, or -1. */
void saver_init(struct saver *saver, const struct config *config, int64_t from);
/* Nothing may be on its way. */
void saver_fini(struct saver *saver);
/* Local.  Whether this rank asks for one: USR1 came (base/signals.h), or on rank 0 the
 * time of checkpoint.every_minutes.  Neither is the same on all ranks, so that it is a
 * wish (WISH_SAVE), carried round with the next step's packet. */
bool saver_asks(const struct saver *saver, const struct session *session);
/* Whether one is due after the session's step: the same answer on all ranks. */
bool saver_due(const struct saver *saver, const struct session *session, bool asked);
/* Local.  Whether this rank is at the one on its way (WISH_WRITE). */
bool saver_is_busy(const struct saver *saver);

/* Collective.  Begins checkpoint.dir/checkpoint-STEP.h5 while none is on its way.
 * `asked` as for saver_due: a snapshot that is due for no other reason has moments only
 * if checkpoint.snapshot_moments.  With `must` the run ends if it cannot be written. A
 * state that is not finite is not written (70). */
int saver_begin(struct saver *saver, struct session *session, bool asked, bool must,
                struct err *err);
/* Collective.  Takes it on, to its end, or by a stage; `writing` is NULL when it ended.
 * 1: it is there, old ones are forgotten; 0: it goes on, or there is none, or it could
 * not be written, which was told, and the run goes on without it; -1 (74): it must be
 * written, or was the third in a row that was not. */
int saver_poll(struct saver *saver, struct session *session, struct err *err);
int saver_finish(struct saver *saver, struct session *session, struct err *err);
/* Local.  Warns where the disk has too little room for the checkpoints to come; `like`:
 * the path of one that is there. */
void saver_warn_room(const struct saver *saver, const struct session *session,
                     const char *like);

#endif
