/* SPDX-License-Identifier: Apache-2.0 */
/* The states of a teacher's layer, collected from text and shared out over ranks. */
#ifndef MPIBERT_DICTIONARY_STATES_H
#define MPIBERT_DICTIONARY_STATES_H

#include "mpi/comm.h"
#include "mpi/partition.h"
#include "src/train/dataset.h"
#include "src/train/teacher.h"

/* Of length 1, or 0 where the teacher's was.  They are numbered lane by lane, the same
 * for any number of ranks. */
struct states {
    struct comm *comm;
    int64_t count, d; /* of all ranks; the teacher's width */
    struct share own; /* this rank's */
    float *data;      /* (own.count,d) owned */
};

/* Collective.  So many, of the layer after which the teacher is cut, for tokens of
 * unmasked text that are not special.  75: stopped by a signal; else as the data's
 * faults are. */
int states_collect(struct dataset *dataset, const struct teacher *teacher,
                   int64_t count, struct states *states, struct err *err);
/* Collective.  Those of these numbers, into x (n,d) on all ranks. */
void states_fetch(const struct states *states, int64_t n, const uint32_t *which,
                  float *x);
void states_fini(struct states *states);

#endif
