/* SPDX-License-Identifier: Apache-2.0 */
/* BERT's masking: of the chosen tokens 80 % become [MASK], 10 % stay, 10 % become any
 * id of the vocabulary, special ones too.  The choice is selection sampling (Knuth,
 * TAOCP 3.4.2, algorithm S): every subset of the right size is as likely as with a
 * shuffle, and it comes in order. */
#include "src/data/mask.h"

#include <math.h>
#include <stdbool.h>

struct mask_rules mask_rules_of(double prob, const struct vocab *vocab) {
    return (struct mask_rules){.prob = prob, .mask_id = vocab->mask, .V = vocab->size};
}

/* Python's round(length * prob): halves to even. */
int32_t mask_count(int32_t length, int32_t candidates, double prob) {
    int32_t count = (int32_t)rint(length * prob);
    if (count < 1)
        count = 1;
    return count < candidates ? count : candidates;
}

static bool is_special(const struct example *example, int32_t i) {
    return i == 0 || i == example->split - 1 || i == example->length - 1;
}

static int32_t replacement(int32_t id, const struct mask_rules *rules,
                           struct rng *rng) {
    if (rng_uniform(rng) < 0.8)
        return rules->mask_id;
    if (rng_uniform(rng) < 0.5)
        return id;
    return (int32_t)rng_below(rng, (uint64_t)rules->V);
}

void mask_example(struct example *example, const struct mask_rules *rules,
                  struct rng *rng) {
    int32_t special = example->split < example->length ? 3 : 2;
    int32_t left = example->length - special; /* candidates not looked at yet */
    int32_t wanted = mask_count(example->length, left, rules->prob);
    example->masked = 0;
    for (int32_t i = 0; wanted > 0; i++) {
        if (is_special(example, i))
            continue;
        if ((int32_t)rng_below(rng, (uint64_t)left--) >= wanted)
            continue;
        wanted--;
        example->positions[example->masked] = i;
        example->labels[example->masked++] = example->ids[i];
        example->ids[i] = replacement(example->ids[i], rules, rng);
    }
}
