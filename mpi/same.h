/* SPDX-License-Identifier: Apache-2.0 */
/* Whether all ranks run the same: each lists what it has as facts, rows of a name and a
 * value, and those of rank 0 are what counts. */
#ifndef MPIBERT_MPI_SAME_H
#define MPIBERT_MPI_SAME_H

#include <stdbool.h>

#include "mpi/comm.h"
#include "src/base/str.h"

/* Local.  Appends a row.  The name is how a message begins ("data.vocab vocab.txt"). */
void same_add(struct str *facts, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Collective.  0 if each rank's facts are rank 0's; else -1 on all ranks and 78, with
 * the lowest rank that differs, its host, the first row that does, and `cure`: "rank 1
 * on node2: seed: is '5', but '4' on rank 0 (node1); give all the same". */
int same_check(struct comm *comm, const struct str *facts, const char *cure,
               struct err *err);
/* Collective.  The same, but a rank may lack rows. */
int same_check_within(struct comm *comm, const struct str *facts, const char *cure,
                      struct err *err);

#endif
