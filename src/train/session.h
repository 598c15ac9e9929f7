/* SPDX-License-Identifier: Apache-2.0 */
/* A pretraining run between two starts of the program: everything that lives from its
 * start to its end, opened afresh or where the run's newest good checkpoint left it. */
#ifndef MPIBERT_TRAIN_SESSION_H
#define MPIBERT_TRAIN_SESSION_H

#include "src/train/session_state.h"

/* Collective.  Reads vocabulary and manifests, builds model and loader, and takes up
 * the newest good checkpoint of checkpoint.dir, or first weights (train.init_from, or
 * random).  binding: of threads_begin.  `data` is one that is open, borrowed, or NULL:
 * the session opens its own.  Lanes still stand where they stood: session_seek.  All
 * ranks return the same; on failure *session is finished. */
int session_open(struct session *session, struct comm *comm,
                 const struct binding *binding, const struct config *config,
                 struct dataset *data, struct err *err);
/* Collective.  Moves the lanes of its data to where the session goes on. */
int session_seek(struct session *session, struct err *err);
void session_close(struct session *session);

/* Local, for rank 0: what is about to happen, in a dozen lines. */
void session_print(const struct session *session);

#endif
