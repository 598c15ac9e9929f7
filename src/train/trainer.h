/* SPDX-License-Identifier: Apache-2.0 */
/* The training loop: `mpibert train`, from the beginning or from the newest
 * checkpoint; and its pieces, for whoever trains several runs side by side. */
#ifndef MPIBERT_TRAIN_TRAINER_H
#define MPIBERT_TRAIN_TRAINER_H

#include <stdbool.h>

#include "mpi/comm.h"
#include "src/base/err.h"
#include "src/core/config.h"
#include "src/train/crew.h"
#include "src/train/session.h"
#include "src/train/wishes.h"

/* Collective over the ranks that train.  Trains to train.steps and saves the last of
 * them; prints what a user wants to know.  Fails on all of them alike; the newest
 * checkpoint stays good.  75: it was stopped by a wish (wishes.h), and saved.  In any
 * case the ranks that are lent have ended then. */
int trainer_run(struct crew *crew, const struct config *config, struct err *err);

struct trainer; /* opaque: a run that is going on, its logs and its saver */

/* Collective.  A session as session_open has it, on `data` (NULL: its own), with step 0
 * saved.  `wishes`: of all that this program trains, borrowed.  `shown`: what it does
 * is printed on standard output.  NULL on all ranks when it fails. */
struct trainer *trainer_open(struct comm *comm, const struct binding *binding,
                             const struct config *config, struct dataset *data,
                             struct wishes *wishes, bool shown, struct err *err);
/* Borrowed. */
struct session *trainer_session(struct trainer *trainer);
/* Collective.  Before its first step: -1 (75) if it is to stop already. */
int trainer_begin(struct trainer *trainer, struct err *err);
bool trainer_is_done(const struct trainer *trainer);
/* Collective.  The next step on what dataset_next gave, and the evaluation and the
 * checkpoint that are due after it.  -1 also when it is to stop after that (75). */
int trainer_step(struct trainer *trainer, const struct step_input *input,
                 struct err *err);
/* Collective.  Every step that is left, on its own data. */
int trainer_loop(struct trainer *trainer, struct err *err);
/* Collective.  Ends it; rc is what it came to, and becomes everybody's. */
int trainer_close(struct trainer *trainer, int rc, struct err *err);

#endif
