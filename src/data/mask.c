/* SPDX-License-Identifier: Apache-2.0 */
/* Masking as Google's create_pretraining_data.py does it, but for how it rounds.
 * Places to begin come in random order, and the kind of masking takes from each what it
 * hides together, while that fits what is to be predicted; a word that would go beyond
 * it is passed over, so that none is masked in part.  What room is left then is filled
 * with single units.  Where that would leave nothing, as all words are longer, the
 * shortest is taken: an example without a masked token teaches nothing, and a batch
 * without one has no loss.
 *
 * Nothing is allocated: until the tokens are replaced, the example's positions hold the
 * begins, and its labels which tokens were taken. */
#include "src/data/mask.h"

#include <math.h>
#include <string.h>

#include "src/data/mask_kind.h"

/* ---- the kinds ---- */

static const struct mask_kind *const kinds[] = {&mask_tokens, &mask_words, &mask_span,
                                                &mask_ngram};

const struct mask_kind *mask_kind_find(const char *name) {
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i]->name, name) == 0)
            return kinds[i];
    return NULL;
}

struct mask_rules mask_rules_default(const struct vocab *vocab) {
    return (struct mask_rules){.kind = &mask_tokens,
                               .prob = 0.15,
                               .replace = 0.8,
                               .random = 0.1,
                               .continues = vocab->continues,
                               .cls = vocab->cls,
                               .sep = vocab->sep,
                               .mask = vocab->mask,
                               .V = vocab->size};
}

/* ---- what kinds share ---- */

/* By id: text never gives these two, the tokenizer takes their brackets apart. */
static bool is_special(const struct mask_rules *rules, int32_t id) {
    return id == rules->cls || id == rules->sep;
}

bool mask_is_text(const struct masking *m, int32_t i) {
    return i < m->example->length && !is_special(m->rules, m->example->ids[i]);
}

bool mask_is_taken(const struct masking *m, int32_t i) {
    return m->example->labels[i] != 0;
}

/* Whether token i belongs to the word of the token before it.  What a cut left of a
 * word, at the beginning of a segment, is a word. */
static bool joins(const struct masking *m, int32_t i) {
    const int32_t *ids = m->example->ids;
    return m->rules->kind->words && i < m->example->length &&
           m->rules->continues[ids[i]] && !is_special(m->rules, ids[i - 1]);
}

int32_t mask_unit_begin(const struct masking *m, int32_t i) {
    while (joins(m, i))
        i--;
    return i;
}

int32_t mask_unit_end(const struct masking *m, int32_t first) {
    int32_t end = first + 1;
    while (joins(m, end))
        end++;
    return end;
}

static void mark(struct masking *m, int32_t first, int32_t end) {
    for (int32_t i = first; i < end; i++)
        m->example->labels[i] = 1;
    m->left -= end - first;
}

bool mask_take(struct masking *m, int32_t first, int32_t end) {
    if (end - first > m->left)
        return false;
    for (int32_t i = first; i < end; i++)
        if (mask_is_taken(m, i))
            return false;
    mark(m, first, end);
    return true;
}

/* ---- units one by one ---- */

static void take_unit(struct masking *m, int32_t at, struct rng *rng) {
    (void)rng;
    mask_take(m, at, mask_unit_end(m, at));
}

const struct mask_kind mask_tokens = {.name = "tokens", .take = take_unit};
const struct mask_kind mask_words = {.name = "words", .words = true, .take = take_unit};

/* ---- choosing ---- */

/* Rounded up or down by chance, as RoBERTa does: Google's script rounds to the nearest,
 * which of 128 tokens makes 14.8 % of 15 %, and 29.7 % of 30 %. */
int32_t mask_count(int32_t length, int32_t candidates, double prob, struct rng *rng) {
    int32_t count = (int32_t)floor(length * prob + rng_uniform(rng));
    if (count < 1)
        count = 1;
    return count < candidates ? count : candidates;
}

/* Lists where what is hidden may begin; *candidates: all tokens that may be masked. */
static int32_t list_begins(struct masking *m, int32_t *candidates) {
    bool all = m->rules->kind->from_token;
    int32_t count = 0;
    *candidates = 0;
    for (int32_t i = 0; i < m->example->length; i++) {
        if (!mask_is_text(m, i))
            continue;
        ++*candidates;
        if (all || !joins(m, i))
            m->example->positions[count++] = i;
    }
    return count;
}

/* Takes single units in the order of `begins`; if nothing was taken yet and none fits,
 * the shortest. */
static void fill(struct masking *m, const int32_t *begins, int32_t count, bool empty) {
    int32_t before = m->left, shortest = 0, shortest_end = INT32_MAX;
    for (int32_t u = 0; u < count && m->left > 0; u++) {
        int32_t first = mask_unit_begin(m, begins[u]), end = mask_unit_end(m, first);
        if (end - first < shortest_end - shortest)
            shortest = first, shortest_end = end;
        mask_take(m, first, end);
    }
    if (empty && m->left == before && count > 0)
        mark(m, shortest, shortest_end);
}

/* Marks tokens in labels: from begins in the order of Fisher and Yates, which goes no
 * further than needed. */
static void choose(struct example *example, const struct mask_rules *rules,
                   struct rng *rng) {
    struct masking m = {rules, example, 0};
    int32_t candidates, *begins = example->positions;
    int32_t count = list_begins(&m, &candidates);
    int32_t most = mask_count(example->length, candidates, rules->prob, rng);
    m.left = most;
    memset(example->labels, 0, (size_t)example->length * sizeof *example->labels);
    for (int32_t u = 0; u < count && m.left > 0; u++) {
        int32_t pick = u + (int32_t)rng_below(rng, (uint64_t)(count - u));
        int32_t at = begins[pick];
        begins[pick] = begins[u];
        begins[u] = at;
        rules->kind->take(&m, at, rng);
    }
    fill(&m, begins, count, m.left == most);
}

/* ---- replacing ---- */

static int32_t replacement(double fate, int32_t id, const struct mask_rules *rules,
                           struct rng *rng) {
    if (fate < rules->replace)
        return rules->mask;
    if (fate < rules->replace + rules->random)
        return (int32_t)rng_below(rng, (uint64_t)rules->V);
    return id;
}

void mask_example(struct example *e, const struct mask_rules *rules, struct rng *rng) {
    double fate = 0;
    choose(e, rules, rng);
    e->masked = 0;
    for (int32_t i = 0; i < e->length; i++) {
        if (!e->labels[i])
            continue;
        int32_t m = e->masked++; /* never after i */
        bool alone = m == 0 || e->positions[m - 1] != i - 1;
        if (alone || !rules->kind->together)
            fate = rng_uniform(rng);
        e->positions[m] = i;
        e->labels[m] = e->ids[i];
        e->ids[i] = replacement(fate, e->ids[i], rules, rng);
    }
}
