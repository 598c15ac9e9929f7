/* SPDX-License-Identifier: Apache-2.0 */
/* Spans of words, as SpanBERT hides them (Joshi et al. 2020, "SpanBERT: Improving
 * pre-training by representing and predicting spans", section 3.1): so many whole words
 * as a geometric distribution says, from the beginning of the word that a random token
 * is of.  A span goes on through what others took, and two side by side are one: its
 * tokens become all [MASK], all random, or all stay.
 *
 * Its authors' program cuts the last word where the masks are enough; here a span ends
 * before a word that does not fit.  Random tokens are uniform, as in all kinds, where
 * theirs are as frequent as in text. */
#include "src/data/mask_kind.h"

enum { LONGEST = 10 };                  /* words */
static const double P = 0.2;            /* that a span ends with this word */
static const double ALL = 0.8926258176; /* Σ P (1 - P)^(n-1), n = 1 … LONGEST */

static int draw_length(struct rng *rng) {
    double u = rng_uniform(rng) * ALL, p = P;
    int length = 1;
    for (; length < LONGEST && u >= p; length++) {
        u -= p;
        p *= 1 - P;
    }
    return length;
}

static void take_span(struct masking *m, int32_t at, struct rng *rng) {
    if (mask_is_taken(m, at))
        return;
    int words = draw_length(rng);
    int32_t end, first = mask_unit_begin(m, at);
    for (; words > 0 && mask_is_text(m, first); words--, first = end) {
        end = mask_unit_end(m, first);
        if (!mask_is_taken(m, first) && !mask_take(m, first, end))
            return;
    }
}

const struct mask_kind mask_span = {.name = "span",
                                    .words = true,
                                    .from_token = true,
                                    .together = true,
                                    .take = take_span};
