/* SPDX-License-Identifier: Apache-2.0 */
/* Pairs and their queue: see merges.h.  A count that falls leaves its queue entry where
 * it is, too high up, and is put right only when it comes to the top: an entry never
 * stands below its pair's true count, so a true one at the top is the best of all.  A
 * count that rises gets a new entry, and the old one is known by not being what the
 * pair remembers. */
#include "src/text/merges.h"

#include "src/base/die.h"
#include "src/base/mem.h"

/* Room for one more in an array that doubles. */
#define GROW(array, count, capacity)                                                   \
    do {                                                                               \
        if ((count) == (capacity)) {                                                   \
            (capacity) = (capacity) ? 2 * (capacity) : 2;                              \
            (array) = mem_resize((array), (capacity), sizeof *(array));                \
        }                                                                              \
    } while (0)

void merges_init(struct merges *merges, const struct symbols *symbols) {
    *merges = (struct merges){.symbols = symbols, .slot_count = 1024};
    merges->slots = mem_alloc(merges->slot_count, sizeof *merges->slots);
}

/* The slot of a pair, or the free one where it belongs. */
static uint32_t *probe(const struct merges *m, uint32_t left, uint32_t right) {
    uint64_t key = ((uint64_t)left << 32 | right) * 0x9E3779B97F4A7C15u;
    for (size_t i = (size_t)(key ^ key >> 32);; i++) {
        uint32_t *slot = &m->slots[i & (m->slot_count - 1)];
        const struct pair *pair = *slot ? &m->pairs[*slot - 1] : NULL;
        if (pair == NULL || (pair->left == left && pair->right == right))
            return slot;
    }
}

static void grow_slots(struct merges *m) {
    mem_free(m->slots);
    m->slot_count *= 2;
    m->slots = mem_alloc(m->slot_count, sizeof *m->slots);
    for (size_t i = 0; i < m->pair_count; i++)
        *probe(m, m->pairs[i].left, m->pairs[i].right) = (uint32_t)i + 1;
}

static struct pair *pair_of(struct merges *m, uint32_t left, uint32_t right) {
    uint32_t *slot = probe(m, left, right);
    if (*slot)
        return &m->pairs[*slot - 1];
    CHECK(m->pair_count < UINT32_MAX);
    if (2 * (m->pair_count + 1) > m->slot_count) {
        grow_slots(m);
        slot = probe(m, left, right);
    }
    GROW(m->pairs, m->pair_count, m->pair_capacity);
    m->pairs[m->pair_count] = (struct pair){.left = left, .right = right};
    *slot = (uint32_t)++m->pair_count;
    return &m->pairs[m->pair_count - 1];
}

void merges_add(struct merges *m, uint32_t left, uint32_t right, uint32_t word,
                uint64_t count) {
    struct pair *pair = pair_of(m, left, right);
    pair->count += count;
    if (pair->word_count == 0 || pair->words[pair->word_count - 1] != word) {
        GROW(pair->words, pair->word_count, pair->word_capacity);
        pair->words[pair->word_count++] = word;
    }
    if (!pair->touched) {
        pair->touched = true;
        GROW(m->touched, m->touched_count, m->touched_capacity);
        m->touched[m->touched_count++] = (uint32_t)(pair - m->pairs);
    }
}

void merges_remove(struct merges *m, uint32_t left, uint32_t right, uint64_t count) {
    struct pair *pair = pair_of(m, left, right);
    CHECK(pair->count >= count);
    pair->count -= count;
}

/* Whether a is to be taken before b. */
static bool before(const struct merges *m, struct queue_entry a, struct queue_entry b) {
    if (a.count != b.count)
        return a.count > b.count;
    const struct pair *x = &m->pairs[a.pair], *y = &m->pairs[b.pair];
    int order = symbols_compare(m->symbols, x->left, y->left);
    if (order == 0)
        order = symbols_compare(m->symbols, x->right, y->right);
    return order < 0;
}

static void queue_push(struct merges *m, uint32_t number) {
    struct pair *pair = &m->pairs[number];
    struct queue_entry entry = {pair->count, number};
    pair->queued = pair->count;
    GROW(m->queue, m->queue_count, m->queue_capacity);
    size_t i = m->queue_count++;
    for (; i > 0 && before(m, entry, m->queue[(i - 1) / 2]); i = (i - 1) / 2)
        m->queue[i] = m->queue[(i - 1) / 2];
    m->queue[i] = entry;
}

static struct queue_entry queue_pop(struct merges *m) {
    struct queue_entry top = m->queue[0], last = m->queue[--m->queue_count];
    size_t i = 0;
    for (size_t child = 1; child < m->queue_count; child = 2 * i + 1) {
        if (child + 1 < m->queue_count &&
            before(m, m->queue[child + 1], m->queue[child]))
            child++;
        if (!before(m, m->queue[child], last))
            break;
        m->queue[i] = m->queue[child];
        i = child;
    }
    m->queue[i] = last;
    return top;
}

static void queue_risen(struct merges *m, uint64_t min_count) {
    for (size_t i = 0; i < m->touched_count; i++) {
        struct pair *pair = &m->pairs[m->touched[i]];
        pair->touched = false;
        if (pair->count > pair->queued && pair->count >= min_count)
            queue_push(m, m->touched[i]);
    }
    m->touched_count = 0;
}

bool merges_take(struct merges *m, uint64_t min_count, struct merge *merge) {
    queue_risen(m, min_count);
    while (m->queue_count > 0) {
        struct queue_entry top = queue_pop(m);
        struct pair *pair = &m->pairs[top.pair];
        if (top.count != pair->queued)
            continue;
        pair->queued = 0;
        if (pair->count < min_count)
            continue;
        if (pair->count < top.count) {
            queue_push(m, top.pair);
            continue;
        }
        *merge = (struct merge){pair->left, pair->right, pair->words, pair->word_count};
        pair->words = NULL;
        pair->word_count = pair->word_capacity = 0;
        return true;
    }
    return false;
}

void merges_fini(struct merges *m) {
    for (size_t i = 0; i < m->pair_count; i++)
        mem_free(m->pairs[i].words);
    mem_free(m->pairs);
    mem_free(m->slots);
    mem_free(m->queue);
    mem_free(m->touched);
    *m = (struct merges){0};
}
