/* SPDX-License-Identifier: Apache-2.0 */
/* One question of `compare`: two sets of predictions of the same examples, A's and B's,
 * under one metric. */
#ifndef MPIBERT_JUDGE_CONTEST_H
#define MPIBERT_JUDGE_CONTEST_H

#include "src/judge/bootstrap.h"
#include "src/judge/contender.h"

enum contest_pairing {
    CONTEST_AUTO, /* paired where both have the same seeds */
    CONTEST_PAIRED,
    CONTEST_UNPAIRED
};

struct contest_options {
    enum contest_pairing pairing;
    bool seeds_only, examples_only; /* draw nothing else */
    uint64_t seed;
};

/* Ends with contest_fini, also after a failure. */
struct contest {
    const struct predictions *set[2]; /* borrowed */
    const struct metric *metric;
    struct sheet sheet[2];
    struct contender contender[2];
    enum contender_seed of_seeds; /* which seeds are drawn */
    struct bootstrap bootstrap;
    double observed[2];
};

/* 65: not the same examples, runs that cannot be judged, seeds that are not the same
 * where they must be paired; the text says which. */
int contest_init(struct contest *contest, const struct predictions *a,
                 const struct predictions *b, const struct metric *metric,
                 const struct contest_options *options, struct err *err);
void contest_fini(struct contest *contest);

#endif
