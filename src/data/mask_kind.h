/* SPDX-License-Identifier: Apache-2.0 */
/* What a kind of masking is, and what kinds share.  To add one: a file that has its
 * row, which is named here and in mask.c's table, and its word in core/options.def. */
#ifndef MPIBERT_DATA_MASK_KIND_H
#define MPIBERT_DATA_MASK_KIND_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/rng.h"
#include "src/core/example.h"

struct mask_kind;

struct mask_rules {
    const struct mask_kind *kind;
    double prob;            /* share of all tokens, special ones counted, to predict */
    double replace, random; /* shares of these: to [MASK], to any id; the rest stays */
    const bool *continues;  /* (V) pieces that go on a word; borrowed */
    int32_t cls, sep, mask; /* ids; the first two are never masked */
    int32_t V;
};

/* An example while its tokens are chosen: those that were taken are marked in its
 * labels.  Its units are tokens, or words: a piece and the "##" pieces after it. */
struct masking {
    const struct mask_rules *rules;
    struct example *example;
    int32_t left; /* tokens that may still be taken */
};

struct mask_kind {
    const char *name;
    bool words; /* units are words, never masked in part */
    bool
        from_token; /* begins are drawn among the tokens, so that a long word is as much
                      * likelier; else among the units */
    bool together;  /* tokens side by side become all [MASK], all random, or all stay */
    /* Takes what begins with a unit, if it likes to; `at` is a token of the unit. */
    void (*take)(struct masking *masking, int32_t at, struct rng *rng);
};

extern const struct mask_kind mask_tokens, mask_words, mask_span, mask_ngram;

/* Whether token i is one that may be masked; false beyond the end. */
bool mask_is_text(const struct masking *masking, int32_t i);
bool mask_is_taken(const struct masking *masking, int32_t i);
/* The unit that a token is of: its first token; and where the unit that begins with a
 * token ends. */
int32_t mask_unit_begin(const struct masking *masking, int32_t i);
int32_t mask_unit_end(const struct masking *masking, int32_t first);
/* Takes whole units, none of them taken, if they are not more than is left. */
bool mask_take(struct masking *masking, int32_t first, int32_t end);

#endif
