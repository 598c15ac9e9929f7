/* SPDX-License-Identifier: Apache-2.0 */
/* Who owns which elements of a block.  The block is cut into buckets from its end to
 * its beginning, as backward finishes it, and each bucket into a slice for every rank;
 * or it has one owner.  A rank's
 * shard is its slices, bucket by bucket, one after the other.  All of this follows
 * from the size of the block, the spans that must be whole, and the number of ranks. */
#ifndef MPIBERT_MPI_SHARDS_H
#define MPIBERT_MPI_SHARDS_H

#include "mpi/comm.h"
#include "src/core/params.h"

struct shards {
    size_t total;         /* elements of the block */
    int ranks, count;     /* count: of buckets */
    struct span *buckets; /* (count) owned */
    int *owners;          /* (count) owned: the one rank that owns a bucket, or -1 */
};

/* bucket: elements of one; 0: as is best (tests make small ones).  Each span of `whole`
 * is a bucket of its own with one owner, such that owners have about as much. */
void shards_init(struct shards *shards, size_t total, int ranks, size_t bucket,
                 const struct span_list *whole);
/* The shards of what is left when only the spans `kept` of a block stay, close
 * together: bucket by bucket, an element keeps its owner.  A bucket lies wholly in what
 * is kept or wholly outside (checked), and is empty then. */
void shards_init_part(struct shards *part, const struct shards *all,
                      const struct span_list *kept);
void shards_fini(struct shards *shards);
/* A rank's slice of a bucket: whole lines of 64 bytes but at the block's end; may be
 * empty. */
struct span shards_slice(const struct shards *shards, int bucket, int rank);
/* Elements of a rank's shard. */
size_t shards_size(const struct shards *shards, int rank);

/* Local.  Of the elements `have` of the block, which lie at data, copies those that the
 * rank owns to their places in its shard. */
void shards_take(const struct shards *shards, int rank, struct span have,
                 const float *data, float *shard);
/* Collective.  Gives each rank the elements of the block that it wants (each its own),
 * out of the shards of all. */
void shards_fetch(const struct shards *shards, struct comm *comm, const float *shard,
                  struct span want, float *data);

#endif
