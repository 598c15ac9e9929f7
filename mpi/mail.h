/* SPDX-License-Identifier: Apache-2.0 */
/* Messages between ranks that go on with their work: who sends does not wait until it
 * is read, and who looks for one does not wait until it comes. */
#ifndef MPIBERT_MPI_MAIL_H
#define MPIBERT_MPI_MAIL_H

#include <stdbool.h>
#include <stddef.h>

#include "mpi/comm.h"

struct mail; /* opaque */

/* Collective. */
struct mail *mail_open(struct comm *comm);
/* Local.  `bytes`, at most INT_MAX of them, are copied.  What one rank sends to another
 * comes in that order. */
void mail_send(struct mail *mail, int to, const void *bytes, size_t size);
/* Local.  How many that this rank sent were not taken yet. */
int mail_waiting(struct mail *mail);
/* Local.  The next message to this rank, from whomever, in place of *bytes; false:
 * there is none now. */
bool mail_take(struct mail *mail, struct str *bytes);
/* Local.  The next from one rank; those of others stay where they are. */
bool mail_take_from(struct mail *mail, int from, struct str *bytes);
/* Collective.  What nobody took is lost.  Accepts NULL. */
void mail_close(struct mail *mail);

#endif
