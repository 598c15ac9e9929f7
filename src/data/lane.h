/* SPDX-License-Identifier: Apache-2.0 */
/* A lane: an endless stream of masked examples that is a pure function of the data hash
 * and its number. */
#ifndef MPIBERT_DATA_LANE_H
#define MPIBERT_DATA_LANE_H

#include <stdbool.h>
#include <stdint.h>

#include "src/core/example.h"
#include "src/data/ahead.h"
#include "src/data/deck.h"

/* What the lanes of one loader share, owned by it or borrowed by it. */
struct lane_commons {
    const struct vocab *vocab;
    int sources;
    uint64_t seed;
    struct ahead *ahead;
    struct reading_sum reading; /* of all lanes together */
    uint64_t *source_tokens;    /* (sources) of each, in the batch being made; owned */
};

struct lane {
    struct lane_commons *commons;
    const struct builder *builder;
    int64_t place; /* among the loader's lanes */
    struct deck decks[2];
    struct deck *deck; /* the one that is dealt out, or will be next */
    bool open;         /* it is built; the one to ask for is the other */
    bool asked;        /* that one, or deck if it is not open, is owed */
    uint64_t index;    /* in the deck, of the next example */
    uint64_t emitted;  /* examples so far */
};

/* At its beginning.  `builder` is borrowed, and the one that commons->ahead has at
 * `place`. */
void lane_init(struct lane *lane, struct lane_commons *commons,
               const struct builder *builder, int64_t place);
/* Asks for the deck that will be needed next, so that it is built meanwhile. */
void lane_ask(struct lane *lane);
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
