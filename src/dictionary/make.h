/* SPDX-License-Identifier: Apache-2.0 */
/* The whole of `mpibert dictionary`: a teacher, its states of some text, and the
 * dictionary learnt from them. */
#ifndef MPIBERT_DICTIONARY_MAKE_H
#define MPIBERT_DICTIONARY_MAKE_H

#include "src/core/config.h"
#include "src/dictionary/learn.h"

struct dictionary_options {
    const char *out, *state; /* files: the dictionary, and what a start goes on from */
    double save_seconds;
    bool parity;    /* SPAMS's first iteration */
    bool quiet;     /* say nothing on the way */
    int64_t sample; /* states to give back, if there are so many */
};

/* What it came to. */
struct dictionary_result {
    struct dictionary dictionary; /* owned */
    struct dictionary_report report;
    int64_t states, resumed; /* iterations that an earlier start had done */
    double collecting;       /* seconds */
    float *sample;           /* (sample,d) states, on all ranks; owned */
    int64_t sampled;
};

/* Collective.  Learns and writes; what it was saved to is gone then.  78: there is no
 * teacher, or it does not fit (train/teacher.h), more atoms than states, what was saved
 * is of another dictionary, dictionary.from of another size, ranks on processors of two
 * kinds; else as those it calls.
 */
int dictionary_make(struct comm *comm, const struct config *config,
                    const struct dictionary_options *options,
                    struct dictionary_result *result, struct err *err);
void dictionary_result_fini(struct dictionary_result *result);

#endif
