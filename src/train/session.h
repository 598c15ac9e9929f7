/* SPDX-License-Identifier: Apache-2.0 */
/* A pretraining run between two starts of the program: everything that lives from its
 * start to its end, opened afresh or where the run's newest good checkpoint left it. */
#ifndef MPIBERT_TRAIN_SESSION_H
#define MPIBERT_TRAIN_SESSION_H

#include <stdint.h>

#include "io/manifest.h"
#include "mpi/binding.h"
#include "mpi/comm.h"
#include "mpi/partition.h"
#include "src/base/hash.h"
#include "src/base/lock.h"
#include "src/core/batch.h"
#include "src/core/config.h"
#include "src/core/params.h"
#include "src/core/vocab.h"
#include "src/data/heldout.h"
#include "src/data/loader.h"
#include "src/train/memory.h"
#include "src/train/step.h"

struct session {
    struct comm *comm; /* borrowed, as config */
    const struct config *config;
    struct binding *binding; /* NULL when opened for its data alone */
    struct vocab vocab;
    struct manifest manifest, heldout_manifest;
    struct heldout *heldout; /* NULL without data.heldout */
    struct params_table table;
    struct shape shape;
    struct run lanes; /* this rank's */
    struct loader *loader;
    struct batch batch;
    struct memory memory; /* planned; nothing when opened for its data alone */
    struct stepper *stepper;
    char data_hash[HASH_HEX_SIZE];
    int64_t step;         /* done so far */
    uint64_t tokens;      /* seen so far, by all ranks */
    int64_t steps_before; /* train.steps of the checkpoint that it goes on from */
    struct str
        ledger; /* what happened to the run, a line an event; kept in checkpoints */
    struct lock lock; /* rank 0: on checkpoint.dir */
    struct str
        origin; /* the checkpoint it goes on from, or where its weights are from */
    struct str facts; /* what was read there, for same.h */
};

/* Collective.  Reads vocabulary and manifests, builds model and loader, and takes up
 * the newest good checkpoint of checkpoint.dir, or first weights (train.init_from, or
 * random). All ranks return the same; on failure *session is finished. */
int session_open(struct session *session, struct comm *comm,
                 const struct config *config, struct err *err);
/* Collective.  The data of a run alone, from its beginning: no model, no checkpoint. */
int session_open_data(struct session *session, struct comm *comm,
                      const struct config *config, struct err *err);
/* Collective.  The cursors of all lanes: train.lanes × loader_cursor_bytes, owned, on
 * all ranks. */
uint8_t *session_cursors(const struct session *session);
void session_close(struct session *session);

/* Local, for rank 0: what is about to happen, in a dozen lines. */
void session_print(const struct session *session);

#endif
