/* SPDX-License-Identifier: Apache-2.0 */
/* N-grams of words, as ALBERT hides them (Lan et al. 2020, "ALBERT: A lite BERT for
 * self-supervised learning of language representations", section 3.1 and its program):
 * from a random word on one to three whole words, n of them with a chance that goes
 * with 1/n.  Where they are more than is to be predicted, n gets smaller; where one of
 * them is taken, none is.  What becomes of a token is decided for each alone. */
#include "src/data/mask_kind.h"

enum { LONGEST = 3 }; /* words */

/* 1, 1/2 and 1/3 are 6, 3 and 2 of 11; where fewer words are left, of their sum. */
static int draw_n(int most, struct rng *rng) {
    static const uint64_t sums[] = {6, 9, 11};
    uint64_t u = rng_below(rng, sums[most - 1]);
    int n = 1;
    while (u >= sums[n - 1])
        n++;
    return n;
}

static void take_ngram(struct masking *m, int32_t at, struct rng *rng) {
    int32_t ends[LONGEST];
    int words = 0;
    for (int32_t i = at; words < LONGEST && mask_is_text(m, i); i = ends[words++])
        ends[words] = mask_unit_end(m, i);
    int n = draw_n(words, rng);
    while (n > 1 && ends[n - 1] - at > m->left)
        n--;
    mask_take(m, at, ends[n - 1]);
}

const struct mask_kind mask_ngram = {
    .name = "ngram", .words = true, .take = take_ngram};
