/* SPDX-License-Identifier: Apache-2.0 */
/* Notes: see notes.h.  Each is a rule on numbers that are known anyway. */
#include "src/train/notes.h"

#include <stdio.h>
#include <string.h>

#include "src/base/log.h"
#include "src/base/str.h"

enum { ENOUGH_PAIRS = 500, FEW_PAIRS = 20 };

/* Shares from which on something is told. */
static const double ONE_KIND = 0.95, OWN_HALVES = 0.01, ALONE = 0.01, TRUNCATED = 0.1;
static const double SWAPPED_ALONE = 0.3; /* a document ends with one, here and there */

static double share(uint64_t part, uint64_t all) {
    return all > 0 ? (double)part / (double)all : 0;
}

static void print_note(const struct str *text) {
    if (text->size > 0)
        printf("note      %s\n", text->data);
}

/* ---- the learning rate ---- */

static void judge_schedule(const struct config *c, struct str *out) {
    long long warmup = c->train_warmup_steps, steps = c->train_steps;
    long long total =
        c->train_schedule_steps == CONFIG_UNSET ? steps : c->train_schedule_steps;
    bool to_zero = strcmp(c->train_schedule, "linear") == 0 ||
                   strcmp(c->train_schedule, "bert") == 0;
    if (steps == 0)
        return;
    if (c->train_learning_rate == 0)
        str_printf(out, "train.learning_rate is 0: the weights never move");
    else if (warmup >= steps)
        str_printf(
            out,
            "train.warmup_steps %lld is not below train.steps %lld: the rate rises "
            "to the end and never is train.learning_rate",
            warmup, steps);
    else if (warmup >= total)
        str_printf(
            out,
            "train.schedule_steps %lld is not over train.warmup_steps %lld: after "
            "warm-up the decay is over at once",
            total, warmup);
    else if (steps > total && to_zero)
        str_printf(
            out,
            "train.schedule_steps %lld is under train.steps %lld: the rate of the "
            "last %lld steps is 0, and they move nothing",
            total, steps, steps - total);
}

void notes_schedule(const struct config *config) {
    struct str text = {0};
    judge_schedule(config, &text);
    print_note(&text);
    str_fini(&text);
}

/* ---- examples ---- */

/* What could be learnt from such pairs, "sentence order", or NULL without any. */
static const char *pairs_task(const struct config *c) {
    for (int i = 0; i < OBJECTIVES; i++)
        if (objective_words[i].packing &&
            strcmp(objective_words[i].packing, c->data_packing) == 0)
            return objective_words[i].what;
    return NULL;
}

static void judge_alone(const struct config *c, const struct tally *t,
                        struct str *out) {
    uint64_t pairs = t->pairs_next + t->pairs_random + t->pairs_swapped;
    double alone = share(t->examples - pairs, t->examples);
    if (pairs_task(c) && alone >= (config_pairs(c) ? ALONE : SWAPPED_ALONE))
        str_printf(
            out,
            "%.0f %% of examples are no pairs, as there is no second sentence to "
            "take: %s prediction learns nothing from them; give %s, or set "
            "data.packing to full_sentences",
            100 * alone, pairs_task(c),
            config_pairs(c) ? "more documents" : "documents of several sentences");
}

static void judge_pairs(const struct config *c, const struct tally *t,
                        struct str *out) {
    uint64_t pairs = t->pairs_next + t->pairs_random;
    if (!config_pairs(c) || pairs < FEW_PAIRS)
        return;
    if (share(t->pairs_random, pairs) >= ONE_KIND)
        str_printf(
            out,
            "%.0f %% of pairs have a random second half, so that next sentence "
            "prediction learns little: a document of one sentence, or one as long as "
            "train.sequence_length, has none that follows; give documents of several "
            "sentences (the source's format?), or set data.packing to "
            "full_sentences",
            100 * share(t->pairs_random, pairs));
    else if (share(t->pairs_next, pairs) >= ONE_KIND)
        str_printf(
            out,
            "%.0f %% of pairs have a second half that follows, so that next sentence "
            "prediction learns little: there is no other text for random ones; give "
            "more documents, or set data.packing to full_sentences",
            100 * share(t->pairs_next, pairs));
}

static void judge_own(const struct config *c, const struct tally *t, struct str *out) {
    double own = share(t->pairs_own, t->pairs_random);
    if (config_pairs(c) && own >= OWN_HALVES)
        str_printf(
            out,
            "%.0f %% of random second halves are of the same document, as their "
            "block has no other: give more documents, or fewer train.lanes or larger "
            "data.block_bytes, so that a block has several",
            100 * own);
}

static void judge_truncated(const struct config *c, const struct tally *t,
                            struct str *out) {
    double cut = share(t->truncated_tokens, t->truncated_tokens + t->example_tokens);
    if (cut >= TRUNCATED)
        str_printf(
            out,
            "%.0f %% of the tokens of pairs were cut off, as they are longer than "
            "train.sequence_length %lld: raise it, or set data.packing to "
            "full_sentences, which cuts nothing off",
            100 * cut, (long long)c->train_sequence_length);
}

void notes_examples(const struct config *config, const struct tally *tally) {
    typedef void judge_fn(const struct config *, const struct tally *, struct str *);
    static judge_fn *const judges[] = {judge_alone, judge_pairs, judge_own,
                                       judge_truncated};
    struct str text = {0};
    for (size_t i = 0; i < sizeof judges / sizeof *judges; i++) {
        str_clear(&text);
        judges[i](config, tally, &text);
        print_note(&text);
    }
    str_fini(&text);
}

bool notes_warn_pairs(const struct config *config, const struct tally *tally) {
    if (pairs_task(config) && tally->examples < ENOUGH_PAIRS)
        return false;
    struct str text = {0};
    if (config_pairs(config))
        judge_pairs(config, tally, &text);
    else
        judge_alone(config, tally, &text);
    if (text.size > 0)
        log_warn("of the first %llu examples: %s", (unsigned long long)tally->examples,
                 text.data);
    str_fini(&text);
    return true;
}

enum { ENOUGH_TOKENS = 1000 };

bool notes_warn_unknown(const struct tally *tally) {
    if (tally->tokens < ENOUGH_TOKENS)
        return false;
    double unknown = share(tally->unknown_tokens, tally->tokens);
    if (unknown > 0.01)
        log_warn(
            "%.1f %% of the first %llu tokens are [UNK]: the vocabulary is not made "
            "for this text (its language, its letters, or its case); make one of it "
            "with `mpibert vocab`, and see the words by `mpibert tokenize`",
            100 * unknown, (unsigned long long)tally->tokens);
    return true;
}
