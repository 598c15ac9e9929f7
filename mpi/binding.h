/* SPDX-License-Identifier: Apache-2.0 */
/* Where the threads of this rank run: what the ranks of its host came to together
 * (mpi/place.h has the rules), carried out. */
#ifndef MPIBERT_MPI_BINDING_H
#define MPIBERT_MPI_BINDING_H

#include <stdbool.h>

#include "mpi/comm.h"

struct binding; /* opaque: the host's topology, this rank's place, what all ranks say */

/* Collective. */
struct binding *binding_create(struct comm *comm);
/* Threads that this rank is to run: OMP_NUM_THREADS, or its share of the cores. */
int binding_threads(const struct binding *binding);
/* Local, called by each of these threads: keeps it on its core, unless cores are shared
 * or OpenMP's own variables (OMP_PROC_BIND, OMP_PLACES, GOMP_CPU_AFFINITY) are set. */
void binding_apply(const struct binding *binding, int thread);
/* Lines, without LF after the last: one for each kind of host.  "" on ranks other than
 * 0. */
const char *binding_text(const struct binding *binding);
/* Lines, each ended by LF, of what slows threads down; "" where nothing does, and on
 * ranks other than 0. */
const char *binding_warnings(const struct binding *binding);
void binding_destroy(struct binding *binding);

#endif
