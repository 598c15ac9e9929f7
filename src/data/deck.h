/* SPDX-License-Identifier: Apache-2.0 */
/* A block with the order in which its examples are handed out: what a builder makes and
 * a lane consumes. */
#ifndef MPIBERT_DATA_DECK_H
#define MPIBERT_DATA_DECK_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/err.h"
#include "src/data/block.h"
#include "src/data/reading.h"
#include "src/data/rules.h"
#include "src/data/source.h"

struct deck {
    /* what was asked for: */
    uint64_t number;         /* of the block in its lane */
    uint64_t first;          /* number in the lane of its first example */
    struct bookmark *starts; /* (sources) where the lane's walks stand when it begins */
    bool again;              /* it was read, and counted, before */
    /* what was made of it: */
    struct err fault; /* of code ERR_NONE, or nothing below is good but the tally */
    const struct rules *rules; /* of the phase it is in; borrowed */
    struct block block;
    uint64_t count;        /* examples to deal out */
    uint32_t *order;       /* (block.view_count) the first `count` of them */
    struct bookmark *ends; /* (sources) where the next one begins */
    struct reading_sum reading;
    size_t order_room;
};

/* Empty, of a lane's first block; V is the vocabulary's. */
void deck_init(struct deck *deck, int sources, int64_t V);
/* Asks for the deck that comes after one that is built. */
void deck_follow(struct deck *deck, const struct deck *before, int sources);
/* Makes room in `order` for as many as there are views. */
void deck_reserve_order(struct deck *deck);
/* The example dealt out `index`-th. */
const struct view *deck_view(const struct deck *deck, uint64_t index);
void deck_fini(struct deck *deck);

#endif
