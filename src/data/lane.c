/* SPDX-License-Identifier: Apache-2.0 */
/* A lane lives from deck to deck: it deals one out while the next is being built.  A
 * deck is a function of where its sources stood when it began, which is why that, with
 * the number of the next example, is the whole cursor.  What was built ahead is in no
 * cursor, nor in the tally before the first of its examples is taken. */
#include "src/data/lane.h"

#include <string.h>

#include "src/base/rng.h"
#include "src/data/collate.h"

enum {
    CURSOR_VERSION = 2,
    CURSOR_WORDS = 4, /* version and lane, block, index, emitted */
    BOOKMARK_WORDS = sizeof(struct bookmark) / sizeof(uint64_t)
};

void lane_init(struct lane *lane, struct lane_commons *commons,
               const struct builder *builder, int64_t place) {
    *lane = (struct lane){.commons = commons, .builder = builder, .place = place};
    for (int i = 0; i < 2; i++)
        deck_init(&lane->decks[i], commons->sources, commons->vocab->size);
    lane->deck = &lane->decks[0];
}

static struct deck *other_deck(struct lane *lane) {
    return &lane->decks[lane->deck == &lane->decks[0]];
}

void lane_ask(struct lane *lane) {
    if (lane->asked)
        return;
    lane->asked = true;
    ahead_ask(lane->commons->ahead, lane->place,
              lane->open ? other_deck(lane) : lane->deck);
}

/* Takes the deck that is next; from then on the one after it can be asked for. */
static int open_deck(struct lane *lane, struct err *err) {
    struct lane_commons *commons = lane->commons;
    lane_ask(lane);
    ahead_take(commons->ahead, lane->place);
    lane->asked = false;
    reading_add(&commons->reading, &lane->deck->reading);
    if (lane->deck->fault.code != ERR_NONE) {
        *err = lane->deck->fault;
        return -1;
    }
    lane->open = true;
    deck_follow(other_deck(lane), lane->deck, commons->sources);
    return 0;
}

int lane_next(struct lane *lane, struct example *example, uint64_t *number,
              struct err *err) {
    struct lane_commons *commons = lane->commons;
    if (!lane->open && open_deck(lane, err))
        return -1;
    const struct deck *deck = lane->deck;
    const struct view *view = deck_view(deck, lane->index);
    struct rng rng;
    collate_view(&deck->block, view, commons->vocab, deck->rules->pack.isolate,
                 example);
    rng_init(&rng, commons->seed, RNG_MASK, lane->builder->lane, lane->emitted);
    mask_example(example, &deck->rules->mask, &rng);
    collate_count(view, example, &commons->reading.tally);
    block_count(&deck->block, view, commons->source_tokens);
    *number = lane->emitted++;
    if (++lane->index == deck->count) {
        lane->deck = other_deck(lane);
        lane->index = 0;
        lane->open = false;
    }
    return 0;
}

size_t lane_cursor_bytes(int sources) {
    return sizeof(uint64_t) * (CURSOR_WORDS + (size_t)sources * BOOKMARK_WORDS);
}

/* Little-endian; return what is after. */
static uint8_t *put_word(uint8_t *out, uint64_t word) {
    for (int i = 0; i < 8; i++)
        *out++ = (uint8_t)(word >> 8 * i);
    return out;
}

static const uint8_t *take_word(const uint8_t *in, uint64_t *word) {
    *word = 0;
    for (int i = 0; i < 8; i++)
        *word |= (uint64_t)*in++ << 8 * i;
    return in;
}

void lane_save(const struct lane *lane, uint8_t *cursor) {
    cursor = put_word(cursor, (uint64_t)CURSOR_VERSION << 32 | lane->builder->lane);
    cursor = put_word(cursor, lane->deck->number);
    cursor = put_word(cursor, lane->index);
    cursor = put_word(cursor, lane->emitted);
    for (int s = 0; s < lane->commons->sources; s++) {
        const struct bookmark *bookmark = &lane->deck->starts[s];
        cursor = put_word(cursor, bookmark->epoch);
        cursor = put_word(cursor, bookmark->position);
        cursor = put_word(cursor, bookmark->ordinal);
        cursor = put_word(cursor, bookmark->tokens);
        cursor = put_word(cursor, bookmark->all);
        cursor = put_word(cursor, bookmark->used);
    }
}

static const uint8_t *take_bookmark(const uint8_t *cursor, struct bookmark *bookmark) {
    cursor = take_word(cursor, &bookmark->epoch);
    cursor = take_word(cursor, &bookmark->position);
    cursor = take_word(cursor, &bookmark->ordinal);
    cursor = take_word(cursor, &bookmark->tokens);
    cursor = take_word(cursor, &bookmark->all);
    return take_word(cursor, &bookmark->used);
}

/* Reads a cursor into the deck it is in, and checks what can be without reading it. */
static int take_cursor(struct lane *lane, const uint8_t *cursor, struct err *err) {
    struct deck *deck = lane->deck;
    uint32_t number = lane->builder->lane;
    uint64_t head;
    cursor = take_word(cursor, &head);
    if (head != ((uint64_t)CURSOR_VERSION << 32 | number))
        return err_set(
            err, ERR_DATA,
            "cursor of lane %u: it is of lane %u, version %u (expected version "
            "%d): the checkpoint is damaged or of another mpibert",
            number, (uint32_t)head, (uint32_t)(head >> 32), CURSOR_VERSION);
    cursor = take_word(cursor, &deck->number);
    cursor = take_word(cursor, &lane->index);
    cursor = take_word(cursor, &lane->emitted);
    if ((deck->number | lane->emitted) >> 48 != 0 || lane->index > lane->emitted)
        return err_set(err, ERR_DATA,
                       "cursor of lane %u: block %llu, example %llu: the checkpoint is "
                       "damaged",
                       number, (unsigned long long)deck->number,
                       (unsigned long long)lane->emitted);
    deck->first = lane->emitted - lane->index;
    deck->again = lane->index > 0;
    for (int s = 0; s < lane->commons->sources; s++)
        cursor = take_bookmark(cursor, &deck->starts[s]);
    if (builder_check(lane->builder, deck->starts, err))
        return err_prefix(err, "cursor of lane %u", number);
    return 0;
}

int lane_restore(struct lane *lane, const uint8_t *cursor, struct err *err) {
    ahead_drop(lane->commons->ahead, lane->place);
    lane->asked = lane->open = false;
    if (take_cursor(lane, cursor, err))
        return -1;
    if (lane->index == 0)
        return 0;
    if (open_deck(lane, err))
        return -1;
    if (lane->index >= lane->deck->count)
        return err_set(
            err, ERR_DATA,
            "cursor of lane %u: example %llu of a block of %llu: the data is not "
            "what the checkpoint was made on",
            lane->builder->lane, (unsigned long long)lane->index,
            (unsigned long long)lane->deck->count);
    return 0;
}

void lane_epochs(const struct lane *lane, int64_t *least, int64_t *most) {
    *least = INT64_MAX;
    *most = 0;
    for (int s = 0; s < lane->commons->sources; s++) {
        int64_t epoch = (int64_t)lane->deck->starts[s].epoch;
        *least = epoch < *least ? epoch : *least;
        *most = epoch > *most ? epoch : *most;
    }
}

void lane_fini(struct lane *lane) {
    for (int i = 0; i < 2; i++)
        deck_fini(&lane->decks[i]);
    *lane = (struct lane){0};
}
