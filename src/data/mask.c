/* SPDX-License-Identifier: Apache-2.0 */
/* Masking as Google's create_pretraining_data.py does it, but for how it rounds.  The
 * units are tokens, or words: a piece and the "##" pieces behind it.  They are taken in
 * random order while they fit what is to be predicted; a word that would go beyond it
 * is passed over, so that none is masked in part.  Where that would leave nothing, as
 * all words are longer, the shortest is taken: an example without a masked token
 * teaches nothing, and a batch without one has no loss.  What becomes of a token is
 * decided for each alone.
 *
 * Nothing is allocated: until the tokens are replaced, the example's positions hold the
 * first tokens of its units, and its labels which tokens were taken. */
#include "src/data/mask.h"

#include <math.h>
#include <string.h>

struct mask_rules mask_rules_default(const struct vocab *vocab) {
    return (struct mask_rules){.prob = 0.15,
                               .replace = 0.8,
                               .random = 0.1,
                               .cls = vocab->cls,
                               .sep = vocab->sep,
                               .mask = vocab->mask,
                               .V = vocab->size};
}

/* Rounded up or down by chance, as RoBERTa does: Google's script rounds to the nearest,
 * which of 128 tokens makes 14.8 % of 15 %, and 29.7 % of 30 %. */
int32_t mask_count(int32_t length, int32_t candidates, double prob, struct rng *rng) {
    int32_t count = (int32_t)floor(length * prob + rng_uniform(rng));
    if (count < 1)
        count = 1;
    return count < candidates ? count : candidates;
}

/* By id: text never gives these two, the tokenizer takes their brackets apart. */
static bool is_special(const struct mask_rules *rules, int32_t id) {
    return id == rules->cls || id == rules->sep;
}

/* Whether token i belongs to the word of the token before it.  What a cut left of a
 * word, at the beginning of a segment, is a word. */
static bool joins(const struct example *example, const struct mask_rules *rules,
                  int32_t i) {
    return rules->continues && i < example->length &&
           rules->continues[example->ids[i]] && !is_special(rules, example->ids[i - 1]);
}

/* Lists the first tokens of all units; *candidates: their tokens. */
static int32_t find_units(const struct example *example, const struct mask_rules *rules,
                          int32_t *candidates) {
    int32_t units = 0;
    *candidates = 0;
    for (int32_t i = 0; i < example->length; i++) {
        if (is_special(rules, example->ids[i]))
            continue;
        ++*candidates;
        if (!joins(example, rules, i))
            example->positions[units++] = i;
    }
    return units;
}

static int32_t unit_end(const struct example *example, const struct mask_rules *rules,
                        int32_t first) {
    int32_t end = first + 1;
    while (joins(example, rules, end))
        end++;
    return end;
}

static void mark(int32_t *taken, int32_t first, int32_t end) {
    for (int32_t i = first; i < end; i++)
        taken[i] = 1;
}

/* Marks tokens in labels: units in the order of Fisher and Yates, which goes no further
 * than needed. */
static void take_units(struct example *example, const struct mask_rules *rules,
                       struct rng *rng) {
    int32_t candidates, *order = example->positions, *taken = example->labels;
    int32_t units = find_units(example, rules, &candidates);
    int32_t count = mask_count(example->length, candidates, rules->prob, rng);
    int32_t left = count, shortest = 0, shortest_end = INT32_MAX;
    memset(taken, 0, (size_t)example->length * sizeof *taken);
    for (int32_t u = 0; u < units && left > 0; u++) {
        int32_t pick = u + (int32_t)rng_below(rng, (uint64_t)(units - u));
        int32_t first = order[pick], end = unit_end(example, rules, first);
        order[pick] = order[u];
        if (end - first < shortest_end - shortest)
            shortest = first, shortest_end = end;
        if (end - first > left)
            continue;
        left -= end - first;
        mark(taken, first, end);
    }
    if (left == count && units > 0)
        mark(taken, shortest, shortest_end);
}

static int32_t replacement(int32_t id, const struct mask_rules *rules,
                           struct rng *rng) {
    double u = rng_uniform(rng);
    if (u < rules->replace)
        return rules->mask;
    if (u < rules->replace + rules->random)
        return (int32_t)rng_below(rng, (uint64_t)rules->V);
    return id;
}

void mask_example(struct example *example, const struct mask_rules *rules,
                  struct rng *rng) {
    take_units(example, rules, rng);
    example->masked = 0;
    for (int32_t i = 0; i < example->length; i++) {
        if (!example->labels[i])
            continue;
        example->positions[example->masked] = i;
        example->labels[example->masked++] = example->ids[i]; /* not behind i */
        example->ids[i] = replacement(example->ids[i], rules, rng);
    }
}
