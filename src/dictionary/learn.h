/* SPDX-License-Identifier: Apache-2.0 */
/* A dictionary learnt from states by all ranks together, the same to the bit for any
 * number of them. */
#ifndef MPIBERT_DICTIONARY_LEARN_H
#define MPIBERT_DICTIONARY_LEARN_H

#include <stdbool.h>

#include "src/core/dictionary.h"
#include "src/dictionary/states.h"

struct learn_dictionary {
    int64_t batch;
    uint64_t seed;       /* which states come first, and in which order */
    bool parity;         /* SPAMS's first iteration: sparse/online.h */
    const float *first;  /* (K,d) atoms that it begins with; NULL: states at random */
    int64_t every;       /* iterations between lines that say how far it is; 0: none */
    const char *state;   /* file to save to on the way */
    double save_seconds; /* between two of that */
};

/* What became of the atoms. */
struct dictionary_report {
    int64_t used, dead;               /* some code has it; it is zero */
    double cosine_mean, cosine_most;  /* of two atoms, without their sign */
    double seconds, coding, learning; /* of the last start */
};

/* Collective.  From where the dictionary is, which has K, d, lambda, iterations and the
 * hashes, to its last iteration: iterations · batch are all states.  78: a penalty
 * under which all codes are zero; 75: stopped, after it was saved; 74. */
int learn_dictionary(const struct learn_dictionary *how, const struct states *states,
                     struct dictionary *dictionary, struct dictionary_report *report,
                     struct err *err);

#endif
