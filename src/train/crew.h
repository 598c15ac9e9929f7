/* SPDX-License-Identifier: Apache-2.0 */
/* The ranks of a run.  Most train; others are lent to it, the last of the job:
 *
 *   0 … training-1      trainers
 *   then teacher.ranks  tutors, which hold the teacher (train/tutor.h)
 *   the last ones       judges, evaluation.probe_ranks if evaluation.tasks says what
 *                       for, which judge its checkpoints meanwhile (tune/probe.h)
 *
 * What they tell each other goes by mail.  The first rank that trains says which steps
 * were saved, and when it is over; the first judge says what a step is worth.  A run
 * that goes back to an earlier step makes steps of the same number again, with other
 * weights: so both say which round they mean. */
#ifndef MPIBERT_TRAIN_CREW_H
#define MPIBERT_TRAIN_CREW_H

#include <stdbool.h>
#include <stdint.h>

#include "mpi/binding.h"
#include "mpi/comm.h"
#include "mpi/mail.h"
#include "src/base/err.h"
#include "src/core/config.h"

enum crew_role { CREW_TRAINER, CREW_TUTOR, CREW_JUDGE };

struct crew {
    struct comm *all;        /* borrowed */
    struct comm *group;      /* those of this rank's role; owned */
    struct binding *binding; /* of all on their hosts; owned */
    struct mail *mail;       /* with judges; NULL: there are none */
    struct mail *lessons;    /* with tutors; NULL: there are none */
    int training, tutors;    /* how many train, and hold the teacher */
    int64_t round;           /* of those that train: how often the run went back */
    enum crew_role role;     /* of this rank */
    bool ended;              /* the judges said that they have */
};

/* Collective.  Shares ranks out, and cores.  78: none would be left to train. */
int crew_open(struct crew *crew, struct comm *all, const struct config *config,
              struct err *err);
/* Collective. */
void crew_close(struct crew *crew);

/* ---- from the first rank that trains to all judges; local ---- */

enum crew_news {
    CREW_SAVED, /* there is a checkpoint of the step */
    CREW_OVER,  /* it was the last: what is saved is still to be judged */
    CREW_STOP   /* end at once */
};

struct crew_notice {
    int64_t step, round;
    enum crew_news news;
};

/* Nothing where there are none, or they have ended. */
void crew_tell(struct crew *crew, enum crew_news news, int64_t step);
/* The run stands at the checkpoint of an earlier step again: a new round begins. */
void crew_back(struct crew *crew, int64_t step);
/* The next notice to a judge. */
bool crew_hear(struct crew *crew, struct crew_notice *notice);

/* ---- from the first judge to the first rank that trains; local ---- */

/* A scorecard (scorecard.h) of a checkpoint that was told in that round. */
void crew_report(struct crew *crew, int64_t round, const struct str *scorecard);
/* That the judges have ended: the last word. */
void crew_retire(struct crew *crew);
/* The next scorecard of this round, in place of *scorecard, as those of earlier rounds
 * may be of weights that are no more; false: there is none now.  Sets `ended`. */
bool crew_listen(struct crew *crew, struct str *scorecard);

/* ---- from the first rank that trains to all tutors; local ---- */

/* That it is over, whether they ever began. */
void crew_dismiss(struct crew *crew);

#endif
