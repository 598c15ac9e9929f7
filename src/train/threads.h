/* SPDX-License-Identifier: Apache-2.0 */
/* OpenMP's threads on this rank's share of its host. */
#ifndef MPIBERT_TRAIN_THREADS_H
#define MPIBERT_TRAIN_THREADS_H

#include "mpi/binding.h"

/* Collective.  Finds this rank's share and gives OpenMP as many threads; returns owned,
 * for binding_destroy. */
struct binding *threads_begin(struct comm *comm);
/* Local.  Keeps each thread on its core.  To be called before they first touch memory,
 * which is then near them, and after the start of other threads (those that read
 * ahead), which keep all cores that the process was given. */
void threads_bind(const struct binding *binding);
/* Local, for rank 0: the line "binding", and on standard error what slows threads down.
 */
void threads_print(const struct binding *binding);

#endif
