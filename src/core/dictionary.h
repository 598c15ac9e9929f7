/* SPDX-License-Identifier: Apache-2.0 */
/* A dictionary: directions (atoms) of which a teacher's states are sparse sums, and
 * whose states these are. */
#ifndef MPIBERT_CORE_DICTIONARY_H
#define MPIBERT_CORE_DICTIONARY_H

#include <stdint.h>

#include "src/base/hash.h"
#include "src/base/str.h"

/* Zero it to begin. */
struct dictionary {
    int64_t K, d;  /* atoms, and their width */
    float *atoms;  /* (K,d) owned */
    double lambda; /* the penalty that it was learnt with */
    /* The teacher: its layer (1 is the first), its name when it was read (owned), and a
     * hash of what that layer's states depend on. */
    int64_t layer;
    struct str teacher;
    char teacher_hash[HASH_HEX_SIZE];
    /* What else it was learnt from and how: text, settings and seed. */
    char source_hash[HASH_HEX_SIZE];
    /* Learning: so many iterations of so many are done.  Before the last one the sums
     * that it goes on from are there. */
    int64_t iteration, iterations;
    float *curve; /* (iteration,2) of each: mean objective, atoms in a code; owned */
    float *pairs; /* (K,K) owned, or NULL */
    float *sums;  /* (K,d) owned, or NULL */
};

void dictionary_fini(struct dictionary *dictionary);

#endif
