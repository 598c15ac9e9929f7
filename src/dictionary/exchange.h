/* SPDX-License-Identifier: Apache-2.0 */
/* Codes of all ranks on each of them. */
#ifndef MPIBERT_DICTIONARY_EXCHANGE_H
#define MPIBERT_DICTIONARY_EXCHANGE_H

#include "mpi/comm.h"
#include "src/sparse/codes.h"

/* Collective.  All ranks' rows in the order of ranks, in place of what was there. */
void exchange_codes(struct comm *comm, const struct codes *own, struct codes *all);

#endif
