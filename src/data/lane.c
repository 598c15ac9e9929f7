/* SPDX-License-Identifier: Apache-2.0 */
/* A lane lives from block to block: it reads documents from its sources until the block
 * is full, makes examples of them, and hands these out in a keyed random order.  A
 * block is a function of where its sources stood when it began, which is why that, with
 * the number of the next example, is the whole cursor.  Blocks grow from FIRST_EXAMPLES
 * examples to their full size, so that a run starts at once.
 *
 * Sources are mixed by the greatest deficit: the next document comes from the source
 * that is furthest behind its weight's share of all tokens so far. */
#include "src/data/lane.h"

#include "src/base/die.h"
#include "src/base/mem.h"
#include "src/base/rng.h"
#include "src/data/collate.h"

enum {
    FIRST_EXAMPLES = 256,
    MIN_DOCUMENTS = 2,
    CURSOR_VERSION = 1,
    CURSOR_WORDS = 4, /* version and lane, block, index, emitted */
    PLACE_WORDS = sizeof(struct place) / sizeof(uint64_t)
};

void lane_init(struct lane *lane, struct lane_commons *commons, uint32_t number) {
    size_t sources = (size_t)commons->sources;
    *lane = (struct lane){.commons = commons, .number = number};
    lane->sources = mem_alloc(sources, sizeof *lane->sources);
    lane->starts = mem_alloc(sources, sizeof *lane->starts);
    for (size_t s = 0; s < sources; s++)
        source_init(&lane->sources[s], commons->config, commons->manifest,
                    &commons->deals[s], (int)s, number);
    block_init(&lane->block, commons->vocab->size);
}

/* Tokens that block number `number` should hold. */
static uint64_t target_tokens(const struct lane_commons *commons, uint64_t number) {
    uint64_t first = FIRST_EXAMPLES * (uint64_t)commons->pairs.length;
    uint64_t full = commons->block_tokens;
    return number < 32 && first << number < full ? first << number : full;
}

/* The source with the greatest deficit, the first among equals. */
static struct source *choose_source(struct lane *lane) {
    const struct lane_commons *commons = lane->commons;
    struct source *best = NULL;
    unsigned __int128 tokens = 0, weights = 0;
    __int128 most = 0;
    for (int s = 0; s < commons->sources; s++) {
        tokens += lane->sources[s].place.tokens;
        weights += commons->weights[s];
    }
    for (int s = 0; s < commons->sources; s++) {
        struct source *source = &lane->sources[s];
        __int128 deficit = (__int128)(commons->weights[s] * tokens) -
                           (__int128)(weights * source->place.tokens);
        if (best != NULL && deficit <= most)
            continue;
        best = source;
        most = deficit;
    }
    return best;
}

/* Reads documents until the block is full; with one source it also ends with the epoch.
 */
static int read_documents(struct lane *lane, bool again, struct err *err) {
    struct lane_commons *commons = lane->commons;
    struct block *block = &lane->block;
    uint64_t target = target_tokens(commons, lane->block_number);
    block_clear(block);
    while (block->tokens < target || block->document_count < MIN_DOCUMENTS) {
        struct source *source = choose_source(lane);
        struct doc doc;
        int more = source_next(source, &doc, again ? NULL : &commons->tally, err);
        if (more < 0)
            return -1;
        if (more == 0 && commons->sources == 1 &&
            block->document_count >= MIN_DOCUMENTS)
            break;
        if (more == 0)
            continue;
        bool counted = again || source->place.epoch > 0;
        struct passage *passage = &commons->passage;
        if (!passage_read(passage, &commons->reading, doc.text,
                          counted ? &commons->ignored : &commons->tally))
            continue;
        source_keep(source, passage->ids.count);
        block_add(block, passage);
    }
    return 0;
}

/* Makes the block that begins at the sources' places; `again` if it was read before. */
static int build_block(struct lane *lane, bool again, struct err *err) {
    const struct lane_commons *commons = lane->commons;
    struct block *block = &lane->block;
    struct rng rng;
    if (read_documents(lane, again, err))
        return -1;
    rng_init(&rng, commons->seed, RNG_PAIRS, lane->number, lane->block_number);
    for (size_t d = 0; d < block->document_count; d++)
        pairs_build(block, d, &commons->pairs, &rng);
    CHECK(block->view_count > 0 && block->view_count <= UINT32_MAX);
    if (block->view_count > lane->order_room) {
        lane->order_room = block->view_room;
        lane->order = mem_resize(lane->order, lane->order_room, sizeof *lane->order);
    }
    rng_init(&rng, commons->seed, RNG_EXAMPLES, lane->number, lane->block_number);
    rng_permutation(&rng, lane->order, (uint32_t)block->view_count);
    lane->built = true;
    return 0;
}

/* The block is used up: the next one begins where it ended. */
static void end_block(struct lane *lane) {
    for (int s = 0; s < lane->commons->sources; s++)
        lane->starts[s] = lane->sources[s].place;
    lane->block_number++;
    lane->index = 0;
    lane->built = false;
}

int lane_next(struct lane *lane, struct example *example, uint64_t *number,
              struct err *err) {
    struct lane_commons *commons = lane->commons;
    if (!lane->built && build_block(lane, false, err))
        return -1;
    const struct view *view = &lane->block.views[lane->order[lane->index]];
    struct rng rng;
    collate_view(&lane->block, view, commons->vocab, example);
    rng_init(&rng, commons->seed, RNG_MASK, lane->number, lane->emitted);
    mask_example(example, &commons->mask, &rng);
    commons->tally.examples++;
    commons->tally.truncated_tokens += view->truncated;
    *number = lane->emitted++;
    if (++lane->index == lane->block.view_count)
        end_block(lane);
    return 0;
}

size_t lane_cursor_bytes(int sources) {
    return sizeof(uint64_t) * (CURSOR_WORDS + (size_t)sources * PLACE_WORDS);
}

/* Little-endian; return what is behind. */
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
    cursor = put_word(cursor, (uint64_t)CURSOR_VERSION << 32 | lane->number);
    cursor = put_word(cursor, lane->block_number);
    cursor = put_word(cursor, lane->index);
    cursor = put_word(cursor, lane->emitted);
    for (int s = 0; s < lane->commons->sources; s++) {
        const struct place *place = &lane->starts[s];
        cursor = put_word(cursor, place->epoch);
        cursor = put_word(cursor, place->position);
        cursor = put_word(cursor, place->ordinal);
        cursor = put_word(cursor, place->tokens);
        cursor = put_word(cursor, place->all);
    }
}

static const uint8_t *take_place(const uint8_t *cursor, struct place *place) {
    cursor = take_word(cursor, &place->epoch);
    cursor = take_word(cursor, &place->position);
    cursor = take_word(cursor, &place->ordinal);
    cursor = take_word(cursor, &place->tokens);
    return take_word(cursor, &place->all);
}

int lane_restore(struct lane *lane, const uint8_t *cursor, struct err *err) {
    uint64_t head;
    cursor = take_word(cursor, &head);
    if (head != ((uint64_t)CURSOR_VERSION << 32 | lane->number))
        return err_set(
            err, ERR_DATA,
            "cursor of lane %u: it is of lane %u, version %u (expected version "
            "%d): the checkpoint is damaged or of another mpibert",
            lane->number, (uint32_t)head, (uint32_t)(head >> 32), CURSOR_VERSION);
    cursor = take_word(cursor, &lane->block_number);
    cursor = take_word(cursor, &lane->index);
    cursor = take_word(cursor, &lane->emitted);
    if ((lane->block_number | lane->emitted) >> 48 != 0)
        return err_set(err, ERR_DATA,
                       "cursor of lane %u: block %llu, example %llu: the checkpoint is "
                       "damaged",
                       lane->number, (unsigned long long)lane->block_number,
                       (unsigned long long)lane->emitted);
    lane->built = false;
    for (int s = 0; s < lane->commons->sources; s++) {
        cursor = take_place(cursor, &lane->starts[s]);
        if (source_seek(&lane->sources[s], &lane->starts[s], err))
            return err_prefix(err, "cursor of lane %u", lane->number);
    }
    if (lane->index == 0)
        return 0;
    if (build_block(lane, true, err))
        return -1;
    if (lane->index >= lane->block.view_count)
        return err_set(
            err, ERR_DATA,
            "cursor of lane %u: example %llu of a block of %zu: the data is not "
            "what the checkpoint was made on",
            lane->number, (unsigned long long)lane->index, lane->block.view_count);
    return 0;
}

void lane_epochs(const struct lane *lane, int64_t *least, int64_t *most) {
    *least = INT64_MAX;
    *most = 0;
    for (int s = 0; s < lane->commons->sources; s++) {
        int64_t epoch = (int64_t)lane->starts[s].epoch;
        *least = epoch < *least ? epoch : *least;
        *most = epoch > *most ? epoch : *most;
    }
}

void lane_fini(struct lane *lane) {
    for (int s = 0; s < lane->commons->sources; s++)
        source_fini(&lane->sources[s]);
    mem_free(lane->sources);
    mem_free(lane->starts);
    mem_free(lane->order);
    block_fini(&lane->block);
    *lane = (struct lane){0};
}
