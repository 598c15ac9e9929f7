/* SPDX-License-Identifier: Apache-2.0 */
/* A lane: an endless stream of masked examples that is a pure function of the data hash
 * and its number. */
#ifndef MPIBERT_DATA_LANE_H
#define MPIBERT_DATA_LANE_H

#include <stdbool.h>
#include <stdint.h>

#include "src/core/example.h"
#include "src/data/block.h"
#include "src/data/mask.h"
#include "src/data/pairs.h"
#include "src/data/source.h"
#include "src/text/tokenizer.h"

/* What the lanes of one loader share, owned by it or borrowed by it. */
struct lane_commons {
    const struct config *config;
    const struct manifest *manifest;
    const struct vocab *vocab;
    struct deal *deals;      /* (sources) */
    const uint64_t *weights; /* (sources) about 2^32 in all, none 0 */
    int sources;
    uint64_t seed;
    uint64_t block_tokens; /* in a full block */
    struct pairs_rules pairs;
    struct mask_rules mask;
    struct passage_rules reading;
    struct passage passage; /* the document being read */
    struct tally tally;     /* of all lanes together */
    struct tally ignored;   /* what was counted before */
};

struct lane {
    struct lane_commons *commons;
    uint32_t number;
    struct source *sources; /* (sources) */
    struct place *starts;   /* (sources) where they stood when the block began */
    uint64_t block_number;
    uint64_t index;   /* in the block, of the next example */
    uint64_t emitted; /* examples so far */
    bool built;       /* the block is in memory */
    struct block block;
    uint32_t *order; /* (block.view_count) */
    size_t order_room;
};

/* At its beginning. */
void lane_init(struct lane *lane, struct lane_commons *commons, uint32_t number);
/* The lane's next example, masked, and its number in the lane. */
int lane_next(struct lane *lane, struct example *example, uint64_t *number,
              struct err *err);
/* A cursor: where the lane is, as lane_cursor_bytes(sources) bytes, the same on any
 * machine. */
size_t lane_cursor_bytes(int sources);
void lane_save(const struct lane *lane, uint8_t *cursor);
/* Goes to a cursor of the same lane; reads the block it is in again, without counting
 * it. */
int lane_restore(struct lane *lane, const uint8_t *cursor, struct err *err);
/* Epochs of its sources finished by what was consumed: the least and the most. */
void lane_epochs(const struct lane *lane, int64_t *least, int64_t *most);
void lane_fini(struct lane *lane);

#endif
