/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a lane's examples are those of the phase that its count of them says, to the
 * very example, whoever has the lane and wherever it was restored; a lane of another
 * batch in a phase of as many examples is the same lane; what is made for a phase and
 * left over at its end is little, and counted. */
#include "src/data/rules.h"

#include <stdio.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/core/phases.h"
#include "src/data/loader.h"
#include "src/data/mask_kind.h"
#include "tests/corpus.h"
#include "tests/tap.h"

enum { STEPS = 40 };

/* 15 steps of 6 × 32 a lane, 10 of 3 × 128 with 40 % masked, then 2 × 64. */
static void set_phases(struct corpus *corpus) {
    static const char *const settings[][2] = {
        {"train.phases[0].steps", "15"},
        {"train.phases[0].lane_batch", "6"},
        {"train.phases[1].steps", "10"},
        {"train.phases[1].sequence_length", "128"},
        {"train.phases[1].lane_batch", "3"},
        {"train.phases[1].mask_prob", "0.4"},
        {"train.phases[2].steps", "15"},
        {"train.phases[2].sequence_length", "64"},
        {"train.phases[2].lane_batch", "2"},
        {"train.phases[2].mask_replace", "0"},
        {"train.phases[2].mask_random", "0"},
        {"train.phases[1].mask_kind", "span"}};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        corpus_set(corpus, settings[i][0], settings[i][1]);
}

static void test_table(void) {
    struct corpus corpus;
    corpus_init(&corpus, "table", (struct corpus_source[]){{1, 1, 1}}, 1);
    struct rules *rules = rules_create(&corpus.config, &corpus.vocab);
    ok(rules[0].end == UINT64_MAX && rules[0].lane_batch == 4,
       "without phases, one row");
    ok(rules[0].pack.pairs.length == 32 && rules[0].mask.prob == .15,
       "  of the options");
    mem_free(rules);
    set_phases(&corpus);
    rules = rules_create(&corpus.config, &corpus.vocab);
    ok(rules[0].end == 90 && rules[1].end == 120 && rules[2].end == UINT64_MAX,
       "a row a phase, which ends after steps · lane_batch examples more");
    ok(rules[1].pack.pairs.length == 128 && rules[1].mask.prob == .4 &&
           rules[2].mask.replace == 0,
       "  each with its own");
    ok(rules[0].mask.kind == &mask_tokens && rules[1].mask.kind == &mask_span,
       "  also of the kind of masks");
    static const int found[][2] = {{0, 0},   {89, 0},  {90, 1},
                                   {119, 1}, {120, 2}, {9999, 2}};
    for (size_t i = 0; i < sizeof found / sizeof *found; i++)
        ok(rules_find(rules, (uint64_t)found[i][0]) == &rules[found[i][1]],
           "example %d", found[i][0]);
    mem_free(rules);
    corpus_fini(&corpus);
}

/* Steps of `count` lanes from `first` on; adds their hashes. */
static void add_hashes(const struct corpus *corpus, int64_t first, int64_t count,
                       int steps, uint64_t *hashes, const uint8_t *from, uint8_t *to) {
    struct batch batch;
    struct err err;
    struct loader *loader = loader_create(&corpus->config, &corpus->manifest,
                                          &corpus->vocab, first, count, &err);
    size_t place = (size_t)first * loader_cursor_bytes(loader);
    batch_init(&batch, 6 * count, 128);
    if (from && loader_restore(loader, from + place, &err) < 0)
        diag("restore: %s", err.text);
    for (int step = 0; step < steps; step++) {
        if (loader_next(loader, &batch, &err) < 0)
            diag("step %d: %s", step, err.text);
        hashes[step] += loader_batch_hash(loader, &batch);
    }
    if (to)
        loader_save(loader, to + place);
    batch_fini(&batch);
    loader_destroy(loader);
}

static void split_hashes(const struct corpus *corpus, int parts, int steps,
                         uint64_t *hashes, const uint8_t *from, uint8_t *to) {
    memset(hashes, 0, (size_t)steps * sizeof *hashes);
    for (int p = 0; p < parts; p++)
        add_hashes(corpus, 4 * p / parts, 4 * (p + 1) / parts - 4 * p / parts, steps,
                   hashes, from, to);
}

/* Cut at, before and after the boundaries, on one, two and four parts. */
static void test_restores(const char *packing) {
    static const int at[] = {0, 14, 15, 16, 25, 39}, parts[] = {1, 2, 4};
    struct corpus corpus;
    uint64_t whole[STEPS], got[STEPS];
    uint8_t cursors[4096], ends[2][4096] = {{0}, {0}};
    int wrong = 0, unlike = 0;
    corpus_init(&corpus, packing, (struct corpus_source[]){{9, 30, .7}, {2, 40, .3}},
                2);
    corpus_set(&corpus, "data.packing", packing);
    set_phases(&corpus);
    split_hashes(&corpus, 1, STEPS, whole, NULL, ends[0]);
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        split_hashes(&corpus, parts[i % 3], at[i], got, NULL, cursors);
        split_hashes(&corpus, parts[(i + 1) % 3], STEPS - at[i], got + at[i], cursors,
                     ends[1]);
        wrong += memcmp(whole, got, sizeof whole) != 0;
        unlike += memcmp(ends[0], ends[1], sizeof ends[0]) != 0;
    }
    is_int(wrong, 0, "%s: restored around the boundaries, the same examples", packing);
    is_int(unlike, 0, "  and the same cursors");
    corpus_fini(&corpus);
}

/* Every example of a phase is as that phase makes them. */
static void test_examples(void) {
    static const struct {
        int length, batch;
        double prob;
    } want[] = {{32, 6, .15}, {128, 3, .4}, {64, 2, .15}};
    struct corpus corpus;
    struct batch batch;
    struct err err;
    int longest[3] = {0}, wrong = 0, kept = 0;
    double masked[3] = {0}, tokens[3] = {0};
    corpus_init(&corpus, "examples", (struct corpus_source[]){{9, 60, 1}}, 1);
    set_phases(&corpus);
    struct loader *loader =
        loader_create(&corpus.config, &corpus.manifest, &corpus.vocab, 0, 4, &err);
    batch_init(&batch, 24, 128);
    for (int step = 0; step < STEPS; step++) {
        int p = phases_find(&corpus.config, step + 1);
        loader_next(loader, &batch, &err);
        wrong += batch.B != 4 * want[p].batch;
        for (int64_t b = 0; b < batch.B; b++) {
            int32_t length = batch.starts[b + 1] - batch.starts[b];
            longest[p] = length > longest[p] ? length : longest[p];
        }
        for (int64_t m = 0; p == 2 && m < batch.M; m++)
            kept += batch.ids[batch.masked[m]] == batch.labels[m];
        masked[p] += (double)batch.M;
        tokens[p] += (double)batch.T;
    }
    is_int(wrong, 0, "each step has the lane_batch of its phase");
    for (int p = 0; p < 3; p++) {
        is_int(longest[p], want[p].length, "phase %d: as long as it says", p);
        double rate = masked[p] / tokens[p];
        ok(rate > .9 * want[p].prob && rate < 1.1 * want[p].prob, "  %.3f masked",
           rate);
    }
    is_int(kept, (int)masked[2], "  with its own split: all stay as they were");
    batch_fini(&batch);
    loader_destroy(loader);
    corpus_fini(&corpus);
}

/* What a phase of `steps` leaves over of a lane's examples. */
static struct tally run_phase(struct corpus *corpus, const char *steps) {
    struct batch batch;
    struct err err;
    corpus_set(corpus, "train.phases[0].steps", steps);
    corpus_set(corpus, "train.phases[1].steps", "1");
    struct loader *loader =
        loader_create(&corpus->config, &corpus->manifest, &corpus->vocab, 0, 1, &err);
    batch_init(&batch, 4, 32);
    for (int64_t n = corpus->config.phases[0].steps + 1; n > 0; n--)
        loader_next(loader, &batch, &err);
    struct tally tally = *loader_tally(loader);
    batch_fini(&batch);
    loader_destroy(loader);
    return tally;
}

static void test_left(void) {
    static const char *const packings[] = {"pairs", "full_sentences", "doc_sentences",
                                           "swapped_pairs", "sentences"};
    static const char *const steps[] = {"1", "10", "65", "200", "1000"};
    for (size_t p = 0; p < sizeof packings / sizeof *packings; p++) {
        struct corpus corpus;
        corpus_init(&corpus, packings[p], (struct corpus_source[]){{9, 60, 1}}, 1);
        corpus_set(&corpus, "data.packing", packings[p]);
        for (size_t i = 0; i < 5; i++) {
            struct tally tally = run_phase(&corpus, steps[i]);
            uint64_t most = 24 + tally.examples / 50;
            ok(tally.examples_left <= most, "%s: %d examples dealt out, %d left over",
               packings[p], (int)tally.examples, (int)tally.examples_left);
        }
        corpus_fini(&corpus);
    }
}

int main(void) {
    test_table();
    test_restores("pairs");
    test_restores("swapped_pairs");
    test_restores("full_sentences");
    test_restores("doc_sentences");
    test_restores("sentences");
    test_examples();
    test_left();
    return tap_done();
}
