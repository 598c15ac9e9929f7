/* SPDX-License-Identifier: Apache-2.0 */
/* Sums of gradients lane by lane, in a tree that only the number of lanes decides: the
 * same bits for any number of ranks, however they lie on hosts.
 *
 * The tree's leaves are the lanes in order; a node is the sum of its two halves, or the
 * one half that has lanes.  A rank adds up the nodes whose lanes are all its own, and
 * the rest is done slice by slice by whoever owns the slice (shards.h).  Beside the
 * reducer, whose sums depend on how many ranks there are, but cost less. */
#ifndef MPIBERT_MPI_LANETREE_H
#define MPIBERT_MPI_LANETREE_H

#include <stddef.h>
#include <stdint.h>

#include "mpi/comm.h"
#include "mpi/shards.h"

struct lanetree; /* opaque */

/* Local.  Ranks own lanes as mpi/partition.h shares them out.  Borrows both until
 * lanetree_destroy. */
struct lanetree *lanetree_create(struct comm *comm, const struct shards *shards,
                                 int64_t lanes);
/* Local.  Bytes that it takes on this rank, before there is one. */
size_t lanetree_measure(const struct comm *comm, const struct shards *shards,
                        int64_t lanes);
/* Local.  The block (shards->total) of zeros that the gradients of this rank's next
 * lane are added to, in order of lanes, until the next call. */
float *lanetree_next(struct lanetree *tree);
/* Collective, after each of its lanes had its turn.  This rank's shard of the sum over
 * all lanes, at its places in `grads`; what lies elsewhere there stays. */
void lanetree_end(struct lanetree *tree, float *grads);
/* Accepts NULL. */
void lanetree_destroy(struct lanetree *tree);

#endif
