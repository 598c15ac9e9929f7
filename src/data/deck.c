/* SPDX-License-Identifier: Apache-2.0 */
/* Decks: see deck.h.  A deck is handed from thread to thread as a whole, so nothing in
 * it is shared: who builds it has it alone, then who deals it out. */
#include "src/data/deck.h"

#include <string.h>

#include "src/base/mem.h"

void deck_init(struct deck *deck, int sources, int64_t V) {
    *deck = (struct deck){0};
    deck->starts = mem_alloc((size_t)sources, sizeof *deck->starts);
    deck->ends = mem_alloc((size_t)sources, sizeof *deck->ends);
    block_init(&deck->block, V);
}

void deck_follow(struct deck *deck, const struct deck *before, int sources) {
    deck->number = before->number + 1;
    deck->first = before->first + before->count;
    deck->again = false;
    memcpy(deck->starts, before->ends, (size_t)sources * sizeof *deck->starts);
}

void deck_reserve_order(struct deck *deck) {
    if (deck->block.view_count <= deck->order_room)
        return;
    deck->order_room = deck->block.view_room;
    deck->order = mem_resize(deck->order, deck->order_room, sizeof *deck->order);
}

const struct view *deck_view(const struct deck *deck, uint64_t index) {
    return &deck->block.views[deck->order[index]];
}

void deck_fini(struct deck *deck) {
    block_fini(&deck->block);
    mem_free(deck->order);
    mem_free(deck->starts);
    mem_free(deck->ends);
    *deck = (struct deck){0};
}
