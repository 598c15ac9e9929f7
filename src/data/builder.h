/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the decks of one lane: the documents that its sources give from where the deck
 * begins, and the examples made of them. */
#ifndef MPIBERT_DATA_BUILDER_H
#define MPIBERT_DATA_BUILDER_H

#include <stdint.h>

#include "io/manifest.h"
#include "src/core/config.h"
#include "src/core/vocab.h"
#include "src/data/deal.h"
#include "src/data/deck.h"
#include "src/filter/filters.h"
#include "src/data/passage.h"
#include "src/data/rules.h"
#include "src/data/source.h"

/* What the builders of one loader share, owned by it or borrowed by it. */
struct builder_commons {
    const struct config *config;
    const struct manifest *manifest;
    const struct vocab *vocab;
    struct deal *deals;      /* (sources) */
    const uint64_t *weights; /* (sources) about 2^32 in all, none 0 */
    int sources;
    uint64_t seed;
    uint64_t block_tokens;     /* in a full block */
    struct filter **filters;   /* (sources) */
    const struct rules *rules; /* a row each phase */
    struct passage_rules reading;
    struct passage passage; /* the document being read */
    struct tally ignored;   /* what was counted before */
};

struct builder {
    struct builder_commons *commons;
    uint32_t lane;
    struct source *sources; /* (sources) */
    uint64_t *used;         /* (sources) scratch */
    double expected;        /* examples of what was read for the deck so far */
};

void builder_init(struct builder *builder, struct builder_commons *commons,
                  uint32_t lane);
/* 65: a deck of this lane cannot begin at these places of its sources. */
int builder_check(const struct builder *builder, const struct bookmark *starts,
                  struct err *err);
/* Builds what the deck asks for: a function of the lane, the deck's number and starts,
 * whatever was built before.  It goes by steps of a document, so that it can be left
 * and taken up by another thread: builder_begin, then builder_step until it says false.
 * What fails is the deck's fault: 65, 74 as source_next. */
void builder_begin(struct builder *builder, struct deck *deck);
bool builder_step(struct builder *builder, struct deck *deck);
void builder_fini(struct builder *builder);

#endif
