/* SPDX-License-Identifier: Apache-2.0 */
/* Whether B is really better than A: the multibootstrap of Sellam et al., "The
 * MultiBERTs" (2022), section 3.  A replicate draws seeds, with replacement, and
 * examples, the same for both sides and all runs; the score of a side is the mean over
 * its drawn seeds of the metric on the drawn examples.  What the replicates spread over
 * is what both accidents can do together.
 *
 * A replicate is a pure function of the seed and its number: who computes it, and in
 * what order, changes nothing. */
#ifndef MPIBERT_JUDGE_BOOTSTRAP_H
#define MPIBERT_JUDGE_BOOTSTRAP_H

#include <stdbool.h>
#include <stdint.h>

#include "src/judge/sheet.h"

/* The runs of one side.  A seed may have several runs, which are averaged first. */
struct bootstrap_side {
    struct sheet *sheet; /* borrowed */
    int seeds;
    const int *seed_of; /* (runs) from 0; -1: the run does not take part; borrowed */
};

struct bootstrap {
    struct bootstrap_side side[2]; /* A and B, of the same examples */
    bool paired; /* seed k of A is seed k of B, and both are drawn together */
    bool draw_seeds, draw_examples;
    uint64_t seed;
};

/* The score of each side as it is, all once. */
void bootstrap_observe(const struct bootstrap *b, double scores[2]);
/* scores[count][2] in replicates from `first` on; NaN where a metric is not defined for
 * what was drawn.  Some at once cost less than one after the other. */
void bootstrap_replicate(const struct bootstrap *b, int64_t first, int count,
                         double (*scores)[2]);

/* What replicates say of a number. */
struct bootstrap_spread {
    double mean, deviation, low, high; /* low, high: a 95 % interval */
};

struct bootstrap_summary {
    struct bootstrap_spread side[2], delta; /* delta: B - A */
    /* The share of replicates in which B is not above A; where there is none, the share
     * of one, as more cannot be known. */
    double p;
    int64_t replicates, undefined; /* undefined: left out */
};

/* Of scores[replicates][2].  All NaN if all are undefined. */
struct bootstrap_summary bootstrap_summarize(const double *scores, int64_t replicates);

#endif
