/* SPDX-License-Identifier: Apache-2.0 */
/* Pairs and their queue: see merges.h.  A score that falls leaves its queue entry where
 * it is, too high up, and is put right only when it comes to the top: an entry never
 * stands below its pair's true score, so a true one at the top is the best of all.  A
 * score that rises gets a new entry, and the old one is known by not being what the
 * pair remembers.  Counts rise where a pair is added; a likelihood rises too where one
 * of the two symbols becomes rarer, so each symbol knows the pairs it is in.  Queues
 * keep their keys in the entries: a score may not change under a heap's feet. */
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

static void list_add(struct number_list *list, uint32_t number) {
    GROW(list->numbers, list->count, list->capacity);
    list->numbers[list->count++] = number;
}

void merges_init(struct merges *merges, const struct symbols *symbols,
                 bool likelihood) {
    *merges = (struct merges){
        .symbols = symbols, .likelihood = likelihood, .slot_count = 1024};
    merges->slots = mem_alloc(merges->slot_count, sizeof *merges->slots);
}

/* ---- pairs ---- */

/* The slot of a pair, or the free one where it belongs. */
static uint32_t *probe(const struct merges *m, uint32_t left, uint32_t right) {
    uint64_t key = ((uint64_t)left << 32 | right) * 0x9E3779B97F4A7C15u;
    for (size_t i = (size_t)(key ^ key >> 32);; i++) {
        uint32_t *slot = &m->slots[i & (m->slot_count - 1)];
        const struct merge_pair *pair = *slot ? &m->pairs[*slot - 1] : NULL;
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

static void add_partner(struct merges *m, uint32_t symbol, uint32_t pair) {
    if (symbol >= m->partner_count) {
        size_t count = 2 * ((size_t)symbol + 1);
        m->partners = mem_resize(m->partners, count, sizeof *m->partners);
        for (size_t i = m->partner_count; i < count; i++)
            m->partners[i] = (struct number_list){0};
        m->partner_count = count;
    }
    list_add(&m->partners[symbol], pair);
}

static struct merge_pair *add_pair(struct merges *m, uint32_t left, uint32_t right) {
    CHECK(m->pair_count < UINT32_MAX);
    uint32_t number = (uint32_t)m->pair_count;
    if (2 * (m->pair_count + 1) > m->slot_count)
        grow_slots(m);
    *probe(m, left, right) = number + 1;
    GROW(m->pairs, m->pair_count, m->pair_capacity);
    m->pairs[m->pair_count++] = (struct merge_pair){.left = left, .right = right};
    if (m->likelihood) {
        add_partner(m, left, number);
        if (right != left)
            add_partner(m, right, number);
    }
    return &m->pairs[number];
}

static struct merge_pair *pair_of(struct merges *m, uint32_t left, uint32_t right) {
    uint32_t slot = *probe(m, left, right);
    return slot ? &m->pairs[slot - 1] : add_pair(m, left, right);
}

static void touch(struct merges *m, uint32_t number) {
    if (!m->pairs[number].touched)
        list_add(&m->touched, number);
    m->pairs[number].touched = true;
}

void merges_add(struct merges *m, uint32_t left, uint32_t right, uint32_t word,
                uint64_t count) {
    struct merge_pair *pair = pair_of(m, left, right);
    pair->count += count;
    if (pair->word_count == 0 || pair->words[pair->word_count - 1] != word) {
        GROW(pair->words, pair->word_count, pair->word_capacity);
        pair->words[pair->word_count++] = word;
    }
    touch(m, (uint32_t)(pair - m->pairs));
}

void merges_remove(struct merges *m, uint32_t left, uint32_t right, uint64_t count) {
    struct merge_pair *pair = pair_of(m, left, right);
    CHECK(pair->count >= count);
    pair->count -= count;
}

void merges_symbol_fell(struct merges *m, uint32_t symbol) {
    if (!m->likelihood || symbol >= m->partner_count)
        return;
    const struct number_list *list = &m->partners[symbol];
    for (size_t i = 0; i < list->count; i++)
        if (m->pairs[list->numbers[i]].count > 0)
            touch(m, list->numbers[i]);
}

/* ---- the queue ---- */

static struct score score_of(const struct merges *m, const struct merge_pair *pair) {
    const uint64_t *counts = m->symbols->counts;
    if (!m->likelihood || pair->count == 0)
        return score_of_count(pair->count);
    return score_of_ratio(pair->count, counts[pair->left], counts[pair->right]);
}

/* Whether a is to be taken before b. */
static bool before(const struct merges *m, const struct queue_entry *a,
                   const struct queue_entry *b) {
    int order = score_compare(b->score, a->score);
    const struct merge_pair *x = &m->pairs[a->pair], *y = &m->pairs[b->pair];
    if (order == 0)
        order = symbols_compare(m->symbols, x->left, y->left);
    if (order == 0)
        order = symbols_compare(m->symbols, x->right, y->right);
    return order < 0;
}

/* Puts an entry where it belongs at or above the hole `i`. */
static void sift_up(struct merges *m, size_t i, struct queue_entry entry) {
    for (; i > 0 && before(m, &entry, &m->queue[(i - 1) / 2]); i = (i - 1) / 2)
        m->queue[i] = m->queue[(i - 1) / 2];
    m->queue[i] = entry;
}

/* Puts an entry where it belongs at or below the hole `i`. */
static void sift_down(struct merges *m, size_t i, struct queue_entry entry) {
    for (size_t child = 2 * i + 1; child < m->queue_count; child = 2 * i + 1) {
        if (child + 1 < m->queue_count &&
            before(m, &m->queue[child + 1], &m->queue[child]))
            child++;
        if (!before(m, &m->queue[child], &entry))
            break;
        m->queue[i] = m->queue[child];
        i = child;
    }
    m->queue[i] = entry;
}

static bool is_stale(const struct merges *m, const struct queue_entry *entry) {
    const struct score *a = &entry->score, *b = &m->pairs[entry->pair].queued;
    return a->count != b->count || a->low != b->low || a->high != b->high;
}

/* Drops stale entries when they are more than the others could be. */
static void sweep_queue(struct merges *m) {
    if (m->queue_count < 2 * m->pair_count + 1024)
        return;
    size_t n = 0;
    for (size_t i = 0; i < m->queue_count; i++)
        if (!is_stale(m, &m->queue[i]))
            m->queue[n++] = m->queue[i];
    m->queue_count = n;
    for (size_t i = n / 2; i-- > 0;)
        sift_down(m, i, m->queue[i]);
}

static void queue_push(struct merges *m, uint32_t number) {
    struct merge_pair *pair = &m->pairs[number];
    pair->queued = score_of(m, pair);
    GROW(m->queue, m->queue_count, m->queue_capacity);
    sift_up(m, m->queue_count++, (struct queue_entry){pair->queued, number});
}

static struct queue_entry queue_pop(struct merges *m) {
    struct queue_entry top = m->queue[0], last = m->queue[--m->queue_count];
    if (m->queue_count > 0)
        sift_down(m, 0, last);
    return top;
}

static bool has_risen(const struct merges *m, const struct merge_pair *pair) {
    return pair->queued.count == 0 ||
           score_compare(score_of(m, pair), pair->queued) > 0;
}

static void queue_risen(struct merges *m, uint64_t min_count) {
    for (size_t i = 0; i < m->touched.count; i++) {
        uint32_t number = m->touched.numbers[i];
        struct merge_pair *pair = &m->pairs[number];
        pair->touched = false;
        if (pair->count >= min_count && has_risen(m, pair))
            queue_push(m, number);
    }
    m->touched.count = 0;
    sweep_queue(m);
}

bool merges_take(struct merges *m, uint64_t min_count, struct merge *merge) {
    queue_risen(m, min_count);
    while (m->queue_count > 0) {
        struct queue_entry top = queue_pop(m);
        struct merge_pair *pair = &m->pairs[top.pair];
        if (is_stale(m, &top))
            continue;
        pair->queued.count = 0;
        if (pair->count < min_count)
            continue;
        if (score_compare(score_of(m, pair), top.score) < 0) {
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
    for (size_t i = 0; i < m->partner_count; i++)
        mem_free(m->partners[i].numbers);
    mem_free(m->partners);
    mem_free(m->pairs);
    mem_free(m->slots);
    mem_free(m->queue);
    mem_free(m->touched.numbers);
    *m = (struct merges){0};
}
