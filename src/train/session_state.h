/* SPDX-License-Identifier: Apache-2.0 */
/* What a session consists of: for who opens it (session), and for who fills it with a
 * checkpoint (resume) or first weights (start). */
#ifndef MPIBERT_TRAIN_SESSION_STATE_H
#define MPIBERT_TRAIN_SESSION_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "mpi/binding.h"
#include "mpi/comm.h"
#include "src/base/lock.h"
#include "src/core/config.h"
#include "src/core/params.h"
#include "src/train/cache.h"
#include "src/train/dataset.h"
#include "src/train/memory.h"
#include "src/train/step.h"
#include "src/train/teacher.h"

struct session {
    struct comm *comm; /* borrowed, as config and binding */
    const struct config *config;
    const struct binding *binding;
    struct dataset *data, own_data; /* data: own_data, or borrowed */
    struct params_table table;
    struct shape shape;
    struct teacher teacher; /* zeroed: nobody teaches */
    struct cache cache;     /* of what it said; zeroed: it is asked */
    struct memory memory;   /* planned */
    struct stepper *stepper;
    int64_t step;         /* done so far */
    uint64_t tokens;      /* seen so far, by all ranks */
    int64_t steps_before; /* train.steps of the checkpoint that it goes on from */
    uint8_t *cursors; /* where all lanes stand then, owned; NULL: at the beginning */
    struct str
        ledger; /* what happened to the run, a line an event; kept in checkpoints */
    struct lock lock; /* rank 0: on checkpoint.dir */
    bool made_folder; /* rank 0: that was not there before */
    struct str
        origin;    /* the checkpoint it goes on from, or where its weights are from */
    bool branched; /* that is another run's (train.branch_from) */
    struct str changes; /* options that are not as there, as config_changes has them */
    struct str inexact; /* why its bits may not be those it would have had; or empty */
    struct str facts;   /* what was read there, for same.h */
};

#endif
