/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes and their workers: see team.h. */
#include "mpi/team.h"

#include "src/base/mem.h"

/* Ranks of this host, or of a part of it. */
static MPI_Comm split(MPI_Comm all, int rank, int most) {
    MPI_Comm host, node;
    int place;
    MPI_Comm_split_type(all, MPI_COMM_TYPE_SHARED, rank, MPI_INFO_NULL, &host);
    if (most <= 0)
        return host;
    MPI_Comm_rank(host, &place);
    MPI_Comm_split(host, place / most, rank, &node);
    MPI_Comm_free(&host);
    return node;
}

/* From the lowest rank of each rank's node: a node's number is how many begin before
 * it. */
static void number_nodes(struct team *t, const int *lowest) {
    for (int r = 0; r < t->size; r++) {
        int first = lowest[r];
        t->local_of[r] = 0;
        if (first == r)
            t->node_of[r] = t->nodes++;
        else
            t->node_of[r] = t->node_of[first];
        for (int before = first; before < r; before++)
            t->local_of[r] += lowest[before] == first;
    }
}

static void list_members(struct team *t) {
    int n = 0;
    t->starts = mem_alloc((size_t)t->nodes + 1, sizeof *t->starts);
    for (int node = 0; node < t->nodes; node++) {
        t->starts[node] = n;
        for (int r = 0; r < t->size; r++)
            if (t->node_of[r] == node)
                t->members[n++] = r;
    }
    t->starts[t->nodes] = n;
}

void team_init(struct team *team, struct comm *comm, int most) {
    *team = (struct team){.rank = comm_rank(comm), .size = comm_size(comm)};
    MPI_Comm_dup(*(MPI_Comm *)comm_handle(comm), &team->all);
    size_t size = (size_t)team->size;
    int *lowest = mem_alloc(size, sizeof *lowest), own = team->rank;
    team->node = split(team->all, team->rank, most);
    MPI_Comm_rank(team->node, &team->local);
    MPI_Comm_size(team->node, &team->locals);
    MPI_Bcast(&own, 1, MPI_INT, 0, team->node);
    MPI_Allgather(&own, 1, MPI_INT, lowest, 1, MPI_INT, team->all);
    team->node_of = mem_alloc(size, sizeof *team->node_of);
    team->local_of = mem_alloc(size, sizeof *team->local_of);
    team->members = mem_alloc(size, sizeof *team->members);
    number_nodes(team, lowest);
    list_members(team);
    team->own_node = team->node_of[team->rank];
    mem_free(lowest);
}

void team_fini(struct team *team) {
    MPI_Comm_free(&team->node);
    MPI_Comm_free(&team->all);
    mem_free(team->node_of);
    mem_free(team->local_of);
    mem_free(team->members);
    mem_free(team->starts);
}

int team_worker(const struct team *team, int node, int rank) {
    if (team->node_of[rank] == node)
        return rank;
    int first = team->starts[node], there = team->starts[node + 1] - first;
    return team->members[first + team->local_of[rank] % there];
}
