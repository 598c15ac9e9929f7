/* SPDX-License-Identifier: Apache-2.0 */
/* What is inside a reducer: for reducer.c, reduce.c and gather.c, and nobody else. */
#ifndef MPIBERT_MPI_REDUCER_PARTS_H
#define MPIBERT_MPI_REDUCER_PARTS_H

#include <mpi.h>
#include <stdatomic.h>
#include <stdint.h>

#include "mpi/reducer.h"
#include "mpi/sum.h"
#include "mpi/team.h"
#include "mpi/window.h"

enum { SLOTS = 4, TAGS = 32768 };

/* What a bucket needs between nodes while it is on its way; buckets take turns. */
struct slot {
    MPI_Request *requests; /* (nodes - 1 + charges) */
    int count;             /* of those in use; finished ones are null */
    char *in;              /* (nodes - 1, slice) what came for this rank, by node */
    uint16_t *out;         /* (charges, slice) as brain floats; NULL if floats travel */
};

/* What a rank tells its node, counted since the beginning; a line of memory by
 * itself. */
struct flags {
    atomic_uint_least64_t final; /* buckets of its gradients that are final */
    atomic_uint_least64_t
        come; /* buckets of weights in place, as far as it is concerned */
};

struct reducer {
    struct comm *comm; /* borrowed */
    struct reducer_options options;
    struct shards shards;
    struct team team;
    struct window memory; /* of each rank: its flags, gradients; weights of one */
    float **gradients;    /* (ranks of the node) owned array */
    struct flags **flags; /* (same) */
    float *weights;
    int *charges; /* (charge_count) ranks whose slices this one sums and carries in its
                     node */
    int charge_count;
    struct addend *addends; /* (ranks) owned: scratch */
    size_t slice;           /* elements of the largest */
    struct slot slots[SLOTS];
    /* one reduction: */
    bool open;       /* spans have begun to come */
    size_t frontier; /* what lies after is final here */
    /* How many buckets have come so far, counted alike on all ranks: */
    int begun;        /* are final here */
    int posted;       /* have a slot that waits for what comes */
    int summed;       /* are summed over the node, and sent */
    int done;         /* are summed over all nodes */
    uint64_t reduced; /* buckets of all earlier reductions */
    /* The weights' way back; how many buckets, from the block's beginning: */
    int moved;         /* have this rank's slice final */
    int sent;          /* have a slot: are on their way */
    int come;          /* are sent and received */
    uint64_t gathered; /* of all earlier ones */
    double seconds, polled;
};

/* Bytes of an element on its way between nodes. */
size_t reducer_width(const struct reducer *reducer);
/* Whether all requests of a slot are done; looks at the network. */
bool reducer_slot_is_done(struct slot *slot);

#endif
