/* SPDX-License-Identifier: Apache-2.0 */
/* Which ranks share a node, and who works for whom between nodes.  For mpi/ alone. */
#ifndef MPIBERT_MPI_TEAM_H
#define MPIBERT_MPI_TEAM_H

#include <mpi.h>

#include "mpi/comm.h"

struct team {
    MPI_Comm all, node;      /* owned: of all ranks, the team's alone; of the node's */
    int rank, size;          /* in all */
    int local, locals;       /* rank and number in the node */
    int own_node, nodes;     /* numbered by their lowest rank */
    int *node_of, *local_of; /* (size) each, owned: of every rank */
    int *members;            /* (size) ranks node by node, in order */
    int *starts;             /* (nodes + 1) where each node begins there */
};

/* Collective.  `most` > 0 splits larger hosts into nodes of at most that many ranks. */
void team_init(struct team *team, struct comm *comm, int most);
void team_fini(struct team *team);
/* The rank of a node that sums and carries there what `rank` owns: itself at home,
 * elsewhere the one of its place, or of what its place is modulo the ranks there. */
int team_worker(const struct team *team, int node, int rank);

#endif
