/* SPDX-License-Identifier: Apache-2.0 */
/* Loss and accuracy on held-out text: one finite pass, the same numbers on any
 * ranks. */
#ifndef MPIBERT_TRAIN_EVALUATE_H
#define MPIBERT_TRAIN_EVALUATE_H

#include <stdint.h>

#include "io/manifest.h"
#include "mpi/comm.h"
#include "src/base/err.h"
#include "src/core/config.h"
#include "src/core/objectives.h"
#include "src/core/params.h"
#include "src/core/tally.h"
#include "src/core/vocab.h"
#include "src/data/heldout.h"
#include "src/train/step_options.h"

struct evaluation {
    uint64_t documents, sequences, tokens;
    struct mean of[OBJECTIVES];
    double unigram_entropy; /* nats a token of the same ids: what guessing by frequency
                               loses */
    struct tally tally;     /* of all ranks */
};

/* Sequences that go through the model at once, at most. */
enum { EVALUATE_SEQUENCES = 64 };

struct evaluation_input {
    const struct config *config; /* all borrowed */
    /* With room for as many of train.sequence_length; own NULL: they are made. */
    struct models models;
    struct heldout *heldout; /* this rank's share: reader comm_rank of comm_size */
    const struct vocab *vocab;
    const struct shape *shape;
    const struct params *weights;
    uint32_t objectives; /* what the weights' table has heads for */
};

/* Collective.  One pass of `heldout`, which is then at its beginning again.  Documents
 * are dealt to ranks; each goes through the model on its own, and its sums are added as
 * fixed-point numbers, so that no order of addition shows.  A loss that is not
 * finite: 70. */
int evaluate(struct comm *comm, const struct evaluation_input *input,
             struct evaluation *result, struct err *err);
/* Local.  How many tokens a pass has at most, about: stored bytes are hardly fewer. */
double evaluate_tokens(const struct manifest *heldout);
/* The share of the text's tokens that are [UNK]; NaN without any. */
double evaluation_unknown(const struct evaluation *evaluation);

#endif
