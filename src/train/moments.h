/* SPDX-License-Identifier: Apache-2.0 */
/* The moments that a run's optimizer keeps: for each its name, the tensors that have
 * it, and of those what this rank moves.  Who saves, reads or looks at moments goes
 * over this list, and knows no optimizer. */
#ifndef MPIBERT_TRAIN_MOMENTS_H
#define MPIBERT_TRAIN_MOMENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "io/ckpt/ckpt.h"
#include "mpi/comm.h"
#include "mpi/shards.h"
#include "src/core/params.h"
#include "src/optim/optim.h"

struct moment {
    const char *name;          /* its group in checkpoints: "adam/m" */
    struct params_table table; /* the tensors that have it, close together */
    struct shards shards;      /* bucket by bucket those of the weights */
    float *data;               /* (size) this rank's shard of it; owned */
    size_t size;
};

struct moments {
    struct moment of[OPTIM_MOMENTS];
    int count;
};

/* Local.  All but the numbers: data is NULL.  `shards` are those of the table. */
void moments_plan(struct moments *moments, const struct optimizer *optimizer,
                  const struct params_table *table, const struct shards *shards,
                  int rank);
/* Makes room for the numbers, which are zero. */
void moments_make(struct moments *moments);
/* The numbers of the rank's slice of a bucket. */
float *moments_at(const struct moment *moment, int bucket, int rank);
/* Bytes of the numbers. */
size_t moments_bytes(const struct moments *moments);
/* What a checkpoint of weights and moments consists of, as yet without data. */
struct ckpt_groups moments_groups(const struct moments *moments,
                                  const struct params_table *weights);
/* Bytes of this rank's shares of that: of the moments, or of the weights, too. */
size_t moments_saved_bytes(const struct moments *moments,
                           const struct params_table *weights, const struct comm *comm,
                           bool weights_too);
void moments_fini(struct moments *moments);

#endif
