/* SPDX-License-Identifier: Apache-2.0 */
/* How long sums of gradients and the weights' way back take, with nothing to hide
 * them, and what is left of it to wait for beside a computation that is only a
 * pause. */
#ifndef MPIBERT_BENCH_REDUCE_H
#define MPIBERT_BENCH_REDUCE_H

#include "mpi/comm.h"
#include "src/core/config.h"

/* Seconds of the fastest, mean and slowest rank, each the median of several. */
struct bench_span {
    double least, mean, most;
};

struct bench_reduce {
    double bytes;               /* of a rank's gradients, in fp32 */
    struct bench_span blocking; /* MPI_Allreduce of all of them */
    struct bench_span buckets;  /* bucket by bucket, to the owners */
    struct bench_span gather;   /* weights from the owners to all */
    double backward, forward;   /* seconds of the pauses: */
    struct bench_span buckets_left,
        gather_left; /* of those spent on the above beside them */
    double poll_ns;  /* one look when nothing is under way */
};

/* Collective.  For the model of a configuration, as train.wire says.  The pauses, cut
 * into the model's parts, are `times` and half as long as blocking and looked into
 * every millisecond: the embeddings are final only at the end, as in training. */
void bench_reduce(struct comm *comm, const struct config *config, int64_t vocab_size,
                  double times, struct bench_reduce *result);

#endif
