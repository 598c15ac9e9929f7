/* SPDX-License-Identifier: Apache-2.0 */
/* What is wished of a run from outside while it goes on: to save, or to save and stop.
 * Who wishes: a signal (base/signals.h), a clock, a deadline, a file STOP in the run's
 * folder.
 *
 * A wish is one rank's, and becomes everybody's with the counts that go round in each
 * step (step.h): so all ranks save and stop after the same step, and no message is sent
 * for it. */
#ifndef MPIBERT_TRAIN_WISHES_H
#define MPIBERT_TRAIN_WISHES_H

#include <stdbool.h>
#include <stdint.h>

#include "mpi/comm.h"
#include "src/base/err.h"
#include "src/base/str.h"
#include "src/core/config.h"
#include "src/core/deadline.h"

enum wish {
    WISH_SAVE,  /* the saver's (saver.h) */
    WISH_WRITE, /* its, too: it is at work on a checkpoint; the others are to stop */
    WISH_USR2,
    WISH_TERM,
    WISH_INT,
    WISH_FILE,
    WISH_TIME,
    WISH_OVER, /* the run that checkpoints are judged of ended (tune/probe.h) */
    WISHES
};

/* A set of them: 1 << WISH_SAVE. */
static inline bool wishes_has(uint32_t set, enum wish wish) { return set >> wish & 1; }

/* What a run spends time on, of which the longest is remembered. */
enum wishes_work { WISHES_STEP, WISHES_EVALUATION, WISHES_SAVE, WISHES_WORKS };

struct wishes {
    int rank;                     /* of the group that trains */
    int runs;                     /* that it trains side by side, step by step */
    struct deadline deadline;     /* since 1970 */
    double start, end;            /* of the program; when it must be over (timer_now) */
    double looked;                /* for the file, last */
    double seconds[WISHES_WORKS]; /* the longest */
    double guess[WISHES_WORKS];   /* the same of what was not done yet */
    struct str file;              /* rank 0: DIR/STOP */
    bool found;                   /* it was there */
    bool shared;                  /* others look for it, too, who may not have yet */
};

/* Local.  For runs whose folders are checkpoint.dir, or lie there.  The options were
 * checked (config_check); -1: 78. */
int wishes_open(struct wishes *wishes, const struct config *config, int rank,
                struct err *err);
/* Collective.  All have the deadline of rank 0: a launcher may give a scheduler's
 * variables to the ranks of its own host alone. */
void wishes_share(struct wishes *wishes, struct comm *comm);
/* Local, for rank 0: when it will stop, if it is to. */
void wishes_print(const struct wishes *wishes);
/* Local.  Why this rank wishes to stop, a set: empty if it does not. */
uint32_t wishes_look(struct wishes *wishes);
/* Collective over the group that trains.  What is wished before its first step, by a
 * signal or a file (time gives it a step): the same on all. */
uint32_t wishes_before(struct wishes *wishes, struct comm *comm);
/* Local.  Of these the wish by a signal, which needs no struct. */
uint32_t wishes_signalled(void);
/* Local.  What was done, and how long it took. */
void wishes_spent(struct wishes *wishes, enum wishes_work work, double seconds);
/* Local.  How long that may take at most, as long as it was not done. */
void wishes_guess(struct wishes *wishes, enum wishes_work work, double seconds);
/* Whether a set has a wish to stop. */
bool wishes_stop(uint32_t set);
/* -1 (75): "stopped at step N; start it again to go on", and who asked for it. */
int wishes_stopped(uint32_t set, int64_t step, struct err *err);
/* Local.  It was saved as wished: removes the file STOP if it was found, so that the
 * next start goes on, however this one ends.  One that is shared stays to the end. */
void wishes_served(const struct wishes *wishes);
/* Local, when all who share the file have ended.  The same where it was shared, or
 * found when nobody was to stop any more. */
void wishes_close(struct wishes *wishes);

#endif
