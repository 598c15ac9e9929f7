/* SPDX-License-Identifier: Apache-2.0 */
/* Why a job stands still: who is to blame, judged from what its ranks say of
 * themselves.  Numbers in, words out: no clock and no MPI. */
#ifndef MPIBERT_TRAIN_VERDICT_H
#define MPIBERT_TRAIN_VERDICT_H

#include <stdbool.h>

#include "src/base/pulse.h"

/* A rank of this host, as another one sees it. */
struct verdict_rank {
    int rank;
    bool left;         /* it has come to its end */
    double heard;      /* seconds since its watchdog was heard of */
    double still;      /* and since it moved */
    double longest;    /* seconds of its longest step so far */
    struct pulse last; /* what it said last */
};

/* How patient one is. */
struct verdict_patience {
    double seconds; /* with a step: train.watchdog */
    bool alone;     /* all ranks are on this host: all that may be at work are seen */
};

/* Whether one is not heard of for half of `seconds`: it is stopped, or dead. */
bool verdict_is_silent(const struct verdict_rank *rank,
                       const struct verdict_patience *patience);
/* Whether the job stands still: none of the ranks moves, and for longer than what it is
 * at may take.  One that is silent is no reason to wait. */
bool verdict_is_due(const struct verdict_rank *ranks, int count,
                    const struct verdict_patience *patience);

/* Who is to blame: "rank 2 is silent: stopped, or dead (step 52, the step)". */
enum { VERDICT_TEXT = 512 };
void verdict_find(const struct verdict_rank *ranks, int count,
                  const struct verdict_patience *patience, char text[VERDICT_TEXT]);

#endif
