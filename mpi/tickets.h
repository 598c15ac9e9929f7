/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers 0, 1, 2 … handed out to ranks as they ask, each once: who is done with one
 * piece of work takes the next, so that nobody waits while there is some. */
#ifndef MPIBERT_MPI_TICKETS_H
#define MPIBERT_MPI_TICKETS_H

#include <stdint.h>

#include "mpi/comm.h"

struct tickets; /* opaque */

/* Collective. */
struct tickets *tickets_create(struct comm *comm);
/* Local.  The next number. */
int64_t tickets_take(struct tickets *tickets);
/* Local.  Lets MPI answer other ranks: to be called now and then by whoever works for
 * long.  Between hosts they may wait for it. */
void tickets_poll(struct tickets *tickets);
/* Collective.  Accepts NULL. */
void tickets_destroy(struct tickets *tickets);

#endif
