/* SPDX-License-Identifier: Apache-2.0 */
/* A pretraining run between two starts of the program: everything that lives from its
 * start to its end, opened afresh or where the run's newest good checkpoint left it. */
#ifndef MPIBERT_TRAIN_SESSION_H
#define MPIBERT_TRAIN_SESSION_H

#include <stdint.h>

#include "mpi/binding.h"
#include "mpi/comm.h"
#include "src/base/lock.h"
#include "src/core/config.h"
#include "src/core/params.h"
#include "src/train/dataset.h"
#include "src/train/memory.h"
#include "src/train/step.h"

struct session {
    struct comm *comm; /* borrowed, as config and binding */
    const struct config *config;
    const struct binding *binding;
    struct dataset *data, own_data; /* data: own_data, or borrowed */
    struct params_table table;
    struct shape shape;
    struct memory memory; /* planned */
    struct stepper *stepper;
    int64_t step;         /* done so far */
    uint64_t tokens;      /* seen so far, by all ranks */
    int64_t steps_before; /* train.steps of the checkpoint that it goes on from */
    uint8_t *cursors; /* where all lanes stand then, owned; NULL: at the beginning */
    struct str
        ledger; /* what happened to the run, a line an event; kept in checkpoints */
    struct lock lock; /* rank 0: on checkpoint.dir */
    struct str
        origin; /* the checkpoint it goes on from, or where its weights are from */
    struct str facts; /* what was read there, for same.h */
};

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
