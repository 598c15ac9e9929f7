/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a lane's examples are the same whoever has it, alone or beside others, from
 * the beginning or restored at any step by another loader; so the hashes of any split
 * of the lanes add up to the same.  In an epoch every document comes once; sources get
 * the share of tokens their weights say; the ledger of all lanes together is the
 * corpus, once. */
#include "src/data/loader.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "src/base/mem.h"
#include "tests/corpus.h"
#include "tests/tap.h"

static struct loader *open_lanes(const struct corpus *corpus, int64_t first,
                                 int64_t count) {
    struct err err;
    struct loader *loader = loader_create(&corpus->config, &corpus->manifest,
                                          &corpus->vocab, first, count, &err);
    if (loader == NULL)
        diag("%s", err.text);
    return loader;
}

static void make_batch(const struct corpus *corpus, int64_t lanes,
                       struct batch *batch) {
    batch_init(batch, lanes * corpus->config.train_lane_batch,
               corpus->config.train_sequence_length);
}

/* Adds the batch hashes of some steps of some lanes to hashes[step]; from and to may be
 * NULL: cursors of all lanes, to begin with and at the end. */
static void add_hashes(const struct corpus *corpus, int64_t first, int64_t count,
                       int steps, uint64_t *hashes, const uint8_t *from, uint8_t *to) {
    struct loader *loader = open_lanes(corpus, first, count);
    struct batch batch;
    struct err err;
    size_t place = (size_t)first * loader_cursor_bytes(loader);
    make_batch(corpus, count, &batch);
    if (from != NULL && loader_restore(loader, from + place, &err))
        diag("restore: %s", err.text);
    for (int step = 0; step < steps; step++) {
        if (loader_next(loader, &batch, &err))
            diag("step %d: %s", step, err.text);
        hashes[step] += loader_batch_hash(loader, &batch);
    }
    if (to != NULL)
        loader_save(loader, to + place);
    batch_fini(&batch);
    loader_destroy(loader);
}

/* All lanes in `parts` loaders, as evenly as it goes. */
static void split_hashes(const struct corpus *corpus, int parts, int steps,
                         uint64_t *hashes, const uint8_t *from, uint8_t *to) {
    int64_t lanes = corpus->config.train_lanes;
    memset(hashes, 0, (size_t)steps * sizeof *hashes);
    for (int p = 0; p < parts; p++) {
        int64_t first = lanes * p / parts, end = lanes * (p + 1) / parts;
        add_hashes(corpus, first, end - first, steps, hashes, from, to);
    }
}

enum { STEPS = 24 };

static void test_splits(void) {
    static const int shards[] = {1, 3, 18, 40}, parts[] = {2, 3, 4, 6, 12};
    for (size_t s = 0; s < 4; s++) {
        struct corpus corpus;
        const struct corpus_source source = {shards[s], 120 / shards[s], 1};
        uint64_t whole[STEPS], split[STEPS];
        char name[32];
        snprintf(name, sizeof name, "splits%d", shards[s]);
        corpus_init(&corpus, name, &source, 1);
        corpus_set(&corpus, "train.lanes", "12");
        split_hashes(&corpus, 1, STEPS, whole, NULL, NULL);
        for (size_t p = 0; p < sizeof parts / sizeof *parts; p++) {
            split_hashes(&corpus, parts[p], STEPS, split, NULL, NULL);
            ok(memcmp(whole, split, sizeof whole) == 0,
               "%d shards, 12 lanes in %d parts", shards[s], parts[p]);
        }
        corpus_set(&corpus, "train.data_seed", "1");
        split_hashes(&corpus, 1, STEPS, split, NULL, NULL);
        ok(memcmp(whole, split, sizeof whole) != 0,
           "%d shards: another seed, another order", shards[s]);
        corpus_fini(&corpus);
    }
}

/* Larger steps are the same examples in fewer steps. */
static void test_lane_batch(void) {
    struct corpus corpus;
    const struct corpus_source source = {3, 40, 1};
    corpus_init(&corpus, "batch", &source, 1);
    uint64_t *sequences[2];
    for (int big = 0; big < 2; big++) {
        corpus_set(&corpus, "train.lane_batch", big ? "6" : "2");
        struct loader *loader = open_lanes(&corpus, 1, 1);
        struct batch batch;
        struct err err;
        make_batch(&corpus, 1, &batch);
        sequences[big] = mem_alloc(120, sizeof(uint64_t));
        for (int i = 0; i < 120; i += (int)batch.B) {
            loader_next(loader, &batch, &err);
            for (int64_t b = 0; b < batch.B; b++)
                sequences[big][batch.origins[b].number] =
                    batch_hash_sequence(&batch, b);
        }
        batch_fini(&batch);
        loader_destroy(loader);
    }
    ok(memcmp(sequences[0], sequences[1], 120 * sizeof(uint64_t)) == 0,
       "lane_batch changes no example, and they are numbered from 0");
    mem_free(sequences[0]);
    mem_free(sequences[1]);
    corpus_fini(&corpus);
}

static const struct corpus_source plain[] = {{18, 6, 1}}, large[] = {{2, 400, 1}},
                                  mixed[] = {{9, 8, .7}, {3, 10, .2}, {1, 7, .1}},
                                  few[] = {{1, 2, 1}};
static const struct {
    const char *name;
    const struct corpus_source *sources;
    int count;
    const char *lanes, *packing;
} restores[] = {
    {"one source", plain, 1, "6", "pairs"},
    {"several blocks an epoch", large, 1, "2", "pairs"},
    {"three sources", mixed, 3, "6", "pairs"},
    {"sentences of a document", mixed, 3, "4", "doc_sentences"},
    {"fewer documents than lanes", few, 1, "6", "pairs"},
    {"sentences of several", mixed, 3, "4", "full_sentences"},
};

static void test_restores(void) {
    static const int at[] = {0, 1, 2, 7, 16, 23}, parts[] = {1, 2};
    for (size_t r = 0; r < sizeof restores / sizeof *restores; r++) {
        struct corpus corpus;
        corpus_init(&corpus, restores[r].name, restores[r].sources, restores[r].count);
        corpus_set(&corpus, "train.lanes", restores[r].lanes);
        corpus_set(&corpus, "data.packing", restores[r].packing);
        corpus_set(&corpus, "train.lane_batch", "16");
        uint64_t whole[STEPS], got[STEPS];
        uint8_t cursors[2][4096], again[2][4096];
        split_hashes(&corpus, 1, STEPS, whole, NULL, cursors[0]);
        int wrong = 0, unlike = 0;
        for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
            int rest = STEPS - at[i];
            split_hashes(&corpus, parts[i % 2], at[i], got, NULL, again[0]);
            split_hashes(&corpus, parts[(i + 1) % 2], rest, got + at[i], again[0],
                         again[1]);
            wrong += memcmp(whole, got, sizeof whole) != 0;
            size_t bytes = (size_t)(4 + 6 * restores[r].count) * 8 *
                           (size_t)corpus.config.train_lanes;
            unlike += memcmp(cursors[0], again[1], bytes) != 0;
        }
        is_int(wrong, 0, "%s: restored at 6 steps, it goes on the same",
               restores[r].name);
        is_int(unlike, 0, "  and the cursors at the end are the same");
        corpus_fini(&corpus);
    }
}

/* Counts the words of an epoch of a lane, unmasked; returns examples. */
static int count_epoch(const struct corpus *corpus, int64_t lane, int *seen) {
    struct loader *loader = open_lanes(corpus, lane, 1);
    struct batch batch;
    struct err err;
    int64_t least = 0, most;
    int examples = 0;
    make_batch(corpus, 1, &batch);
    for (; least == 0; examples++) {
        if (loader_next(loader, &batch, &err)) {
            diag("%s", err.text);
            break;
        }
        for (int64_t m = 0; m < batch.M; m++)
            batch.ids[batch.masked[m]] = batch.labels[m];
        for (int64_t t = 0; t < batch.T; t++)
            seen[batch.ids[t]]++;
        loader_epochs(loader, &least, &most);
    }
    batch_fini(&batch);
    loader_destroy(loader);
    return examples;
}

static void test_epochs(void) {
    static const struct {
        int shards, documents;
        const char *lanes;
    } rows[] = {{1, 60, "6"}, {3, 20, "6"},  {18, 8, "6"},
                {40, 6, "5"}, {18, 60, "2"}, {40, 1, "8"}};
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        struct corpus corpus;
        const struct corpus_source source = {rows[r].shards, rows[r].documents, 1};
        char name[32];
        snprintf(name, sizeof name, "epochs%zu", r);
        corpus_init(&corpus, name, &source, 1);
        corpus_set(&corpus, "train.lanes", rows[r].lanes);
        corpus_set(&corpus, "train.lane_batch", "1");
        corpus_set(&corpus, "data.packing", "doc_sentences");
        int *seen = mem_alloc((size_t)corpus.vocab.size, sizeof *seen), wrong = 0;
        int least = 1 << 30, most = 0;
        for (int64_t lane = 0; lane < corpus.config.train_lanes; lane++) {
            int examples = count_epoch(&corpus, lane, seen);
            least = examples < least ? examples : least;
            most = examples > most ? examples : most;
        }
        for (int32_t id = 5; id < corpus.vocab.size; id++)
            wrong += seen[id] != 1;
        is_int(wrong, 0, "%d shards of %d, %s lanes: every word once in an epoch",
               rows[r].shards, rows[r].documents, rows[r].lanes);
        ok(least * 4 >= most, "  lanes have about the same: %d … %d examples", least,
           most);
        mem_free(seen);
        corpus_fini(&corpus);
    }
}

/* Documents packed in isolation: each a span that begins with [CLS] at position 0, ends
 * with [SEP], and has words of one document; neither is ever masked. */
static void test_isolated(void) {
    struct corpus corpus;
    struct batch batch;
    struct err err;
    corpus_init(&corpus, "isolated", plain, 1);
    corpus_set(&corpus, "data.packing", "full_sentences");
    corpus_set(&corpus, "data.isolate_documents", "true");
    corpus_set(&corpus, "train.sequence_length", "128");
    struct loader *loader = open_lanes(&corpus, 0, 2);
    make_batch(&corpus, 2, &batch);
    int wrong = 0, special = 0, spans = 0;
    for (int step = 0; step < 20; step++) {
        loader_next(loader, &batch, &err);
        for (int64_t m = 0; m < batch.M; m++) {
            special += batch.labels[m] < 5;
            batch.ids[batch.masked[m]] = batch.labels[m];
        }
        for (int64_t n = 0; n < batch.N; n++, spans++) {
            int32_t first = batch.spans[n], last = batch.spans[n + 1] - 1;
            wrong +=
                batch.ids[first] != corpus.vocab.cls || batch.positions[first] != 0;
            wrong += batch.ids[last] != corpus.vocab.sep;
            wrong += batch.positions[last] != last - first;
            for (int32_t t = first + 1; t < last; t++)
                wrong += corpus.words[batch.ids[t]].document !=
                         corpus.words[batch.ids[first + 1]].document;
        }
    }
    is_int(wrong, 0, "isolated documents: %d spans in %d sequences", spans, 20 * 8);
    ok(special == 0 && spans > 20 * 8, "  no special token is masked");
    batch_fini(&batch);
    loader_destroy(loader);
    corpus_fini(&corpus);
}

static void test_weights(void) {
    struct corpus corpus;
    const struct corpus_source sources[] = {{9, 30, .7}, {3, 40, .2}, {1, 35, .1}};
    corpus_init(&corpus, "weights", sources, 3);
    corpus_set(&corpus, "train.lanes", "2");
    corpus_set(&corpus, "train.lane_batch", "64");
    corpus_set(&corpus, "data.packing", "full_sentences");
    struct loader *loader = open_lanes(&corpus, 0, 2);
    struct batch batch;
    struct err err;
    double tokens[3] = {0}, all = 0;
    uint64_t counted[3] = {0};
    int wrong = 0;
    make_batch(&corpus, 2, &batch);
    for (int step = 0; step < 60; step++) {
        loader_next(loader, &batch, &err);
        for (int64_t m = 0; m < batch.M; m++)
            batch.ids[batch.masked[m]] = batch.labels[m];
        for (int64_t t = 0; t < batch.T; t++)
            if (corpus.words[batch.ids[t]].source >= 0)
                tokens[corpus.words[batch.ids[t]].source]++, all++;
        for (int s = 0; s < 3; s++)
            counted[s] += loader_source_tokens(loader)[s];
    }
    for (int s = 0; s < 3; s++)
        wrong += (double)counted[s] != tokens[s];
    is_int(wrong, 0, "the loader's counts of sources' tokens are right");
    for (int s = 0; s < 3; s++)
        ok(fabs(tokens[s] / all - sources[s].weight) < .01,
           "weight %.1f: a share of %.3f of %.0f tokens", sources[s].weight,
           tokens[s] / all, all);
    int64_t least, most;
    loader_epochs(loader, &least, &most);
    ok(least >= 1 && most > least, "epochs of the sources: %d … %d", (int)least,
       (int)most);
    batch_fini(&batch);
    loader_destroy(loader);
    corpus_fini(&corpus);
}

/* The ledger of `parts` loaders after some steps, from cursors to cursors. */
static struct tally split_tally(const struct corpus *corpus, int parts, int steps,
                                const uint8_t *from, uint8_t *to) {
    struct tally sum = {0};
    int64_t lanes = corpus->config.train_lanes;
    for (int p = 0; p < parts; p++) {
        int64_t first = lanes * p / parts, count = lanes * (p + 1) / parts - first;
        struct loader *loader = open_lanes(corpus, first, count);
        size_t place = (size_t)first * loader_cursor_bytes(loader);
        struct batch batch;
        struct err err;
        make_batch(corpus, count, &batch);
        if (from != NULL)
            loader_restore(loader, from + place, &err);
        for (int step = 0; step < steps; step++)
            loader_next(loader, &batch, &err);
        if (to != NULL)
            loader_save(loader, to + place);
        tally_add(&sum, loader_tally(loader));
        batch_fini(&batch);
        loader_destroy(loader);
    }
    return sum;
}

static void test_tally(void) {
    struct corpus corpus;
    corpus_init(&corpus, "tally", large, 1);
    corpus_set(&corpus, "train.lane_batch", "16");
    uint8_t cursors[4096];
    struct tally whole = split_tally(&corpus, 1, 120, NULL, NULL);
    struct tally split = split_tally(&corpus, 3, 120, NULL, NULL);
    is_int((int64_t)whole.documents, corpus.documents, "all documents were read");
    is_int((int64_t)whole.documents_kept, corpus.documents, "  and kept");
    is_int((int64_t)whole.sentences, corpus.sentences, "  with all sentences");
    is_int((int64_t)whole.tokens, corpus.vocab.size - 5, "  and words, all once");
    is_int((int64_t)whole.unknown_tokens, 0, "  and known");
    is_int((int64_t)whole.shards, 2, "shards are counted once for the group");
    is_int((int64_t)whole.examples, 120 * 64, "examples are counted in every epoch");
    ok(whole.unpacked_bytes == whole.text_bytes + whole.markup_bytes +
                                   whole.skipped_bytes + whole.damaged_bytes,
       "every byte is accounted for");
    ok(memcmp(&whole, &split, sizeof whole) == 0,
       "three loaders together count the same");
    int wrong = 0;
    static const int at[] = {1, 17, 40};
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        struct tally sum = split_tally(&corpus, 2, at[i], NULL, cursors);
        struct tally rest = split_tally(&corpus, 3, 120 - at[i], cursors, NULL);
        tally_add(&sum, &rest);
        wrong += memcmp(&whole, &sum, sizeof whole) != 0;
    }
    is_int(wrong, 0, "what a restored lane reads again is not counted again");
    corpus_fini(&corpus);
}

/* 40 documents as JSON lines, two of them broken. */
static void write_damaged(const char *path) {
    FILE *file = fopen(path, "w");
    for (int i = 0; i < 40; i++)
        fprintf(file,
                i % 20 == 7 ? "{\"text\": \"w%d w%d\n" : "{\"text\": \"w%d w%d\"}\n",
                5 + 2 * i, 6 + 2 * i);
    fclose(file);
}

static void test_damage(void) {
    struct corpus corpus;
    struct batch batch;
    struct err err = {0};
    corpus_init(&corpus, "damage", (struct corpus_source[]){{1, 20, 1}}, 1);
    write_damaged(corpus.manifest.shards[0].path);
    corpus_set(&corpus, "data.sources[0].format", "jsonl");
    struct tally whole = split_tally(&corpus, 1, 60, NULL, NULL);
    struct tally split = split_tally(&corpus, 4, 60, NULL, NULL);
    is_int((int64_t)whole.damaged_places, 2, "each damaged place is counted once");
    is_int((int64_t)whole.documents_kept, 38, "the rest is kept");
    ok(memcmp(&whole, &split, sizeof whole) == 0, "and four loaders count the same");

    corpus_set(&corpus, "data.on_error", "stop");
    struct loader *loader = open_lanes(&corpus, 0, 4);
    make_batch(&corpus, 4, &batch);
    is_int(loader_next(loader, &batch, &err), -1, "with on_error: stop it is an error");
    is_int(err.code, ERR_DATA, "  %s", err.text);
    batch_fini(&batch);
    loader_destroy(loader);
    corpus_fini(&corpus);
}

/* Steps until a damaged place stops the lanes; `pause`: so long before each step. */
static int steps_to_fault(const struct corpus *corpus, long pause,
                          struct tally *tally) {
    struct loader *loader = open_lanes(corpus, 0, 4);
    struct batch batch;
    struct err err = {0};
    int steps = 0;
    make_batch(corpus, 4, &batch);
    while (loader_next(loader, &batch, &err) == 0) {
        *tally = *loader_tally(loader);
        nanosleep(&(struct timespec){0, pause}, NULL);
        steps++;
    }
    is_int(err.code, ERR_DATA, "  %s", err.text);
    batch_fini(&batch);
    loader_destroy(loader);
    return steps;
}

/* A fault that was met while reading ahead waits for the step that needs what could not
 * be read; until then nothing of it is counted. */
static void test_late_fault(void) {
    struct corpus corpus;
    struct tally tallies[2] = {{0}};
    int steps[2];
    corpus_init(&corpus, "late", (struct corpus_source[]){{1, 20, 1}}, 1);
    FILE *file = fopen(corpus.manifest.shards[0].path, "w");
    for (int i = 0; i < 9000; i++)
        fprintf(file,
                i == 8500 ? "{\"text\": \"w5\n" : "{\"text\": \"w5 w6 w7 w8\"}\n");
    fclose(file);
    corpus_set(&corpus, "data.sources[0].format", "jsonl");
    corpus_set(&corpus, "data.on_error", "stop");
    for (int i = 0; i < 2; i++)
        steps[i] = steps_to_fault(&corpus, i * 300000, &tallies[i]);
    ok(steps[0] > 1, "a damaged place far behind lets %d steps be", steps[0]);
    is_int(steps[1], steps[0], "  the same number, however far ahead was read");
    ok(memcmp(&tallies[0], &tallies[1], sizeof tallies[0]) == 0,
       "  with the same ledger before it");
    corpus_fini(&corpus);
}

static void test_no_text(void) {
    static const struct {
        const char *name;
        struct corpus_source sources[2];
        int count;
    } rows[] = {{"a source without text", {{1, 0, 1}}, 1},
                {"three shards without", {{3, 0, 1}}, 1},
                {"one of two without", {{2, 8, 1}, {2, 0, 1}}, 2}};
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        struct corpus corpus;
        struct batch batch;
        struct err err = {0};
        corpus_init(&corpus, rows[r].name, rows[r].sources, rows[r].count);
        struct loader *loader =
            loader_create(&corpus.config, &corpus.manifest, &corpus.vocab, 0, 4, &err);
        int rc = -1;
        make_batch(&corpus, 4, &batch);
        if (loader != NULL)
            rc = loader_next(loader, &batch, &err);
        is_int(rc, -1, "%s is an error", rows[r].name);
        is_int(err.code, ERR_DATA, "  %s", err.text);
        batch_fini(&batch);
        loader_destroy(loader);
        corpus_fini(&corpus);
    }
}

static const struct {
    const char *name;
    size_t byte;
    uint8_t value;
} damages[] = {
    {"of another lane", 0, 3},
    {"of another version", 4, 9},
    {"of a block far too far", 15, 1},
    {"of an epoch far too far", 39, 1},
    {"index behind the block", 19, 1},
    {"shard that is not there", 40, 77},
    {"document that is not there", 50, 1},
    {"flag that is neither", 64, 2},
};

static void test_bad_cursors(void) {
    struct corpus corpus;
    struct batch batch;
    struct err err;
    corpus_init(&corpus, "cursors", plain, 1);
    struct loader *loader = open_lanes(&corpus, 0, 1);
    uint8_t good[256], bad[256];
    make_batch(&corpus, 1, &batch);
    for (int step = 0; step < 3; step++)
        loader_next(loader, &batch, &err);
    loader_save(loader, good);
    is_int((int64_t)loader_cursor_bytes(loader), 80,
           "a cursor of one source: 80 bytes");
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        memcpy(bad, good, sizeof bad);
        bad[damages[i].byte] = damages[i].value;
        is_int(loader_restore(loader, bad, &err), -1, "a cursor %s is refused",
               damages[i].name);
        is_int(err.code, ERR_DATA, "  %s", err.text);
    }
    ok(loader_restore(loader, good, &err) == 0, "the good one is still good");
    batch_fini(&batch);
    loader_destroy(loader);
    corpus_fini(&corpus);
}

/* A change here means that lanes changed: count DATA_RULES in data_hash.c up. */
static void test_golden(void) {
    struct corpus corpus;
    uint64_t hashes[STEPS], all;
    corpus_init(&corpus, "golden", mixed, 3);
    corpus_set(&corpus, "train.lanes", "6");
    split_hashes(&corpus, 1, STEPS, hashes, NULL, NULL);
    all = hash64(hashes, sizeof hashes, 0);
    is_int((int64_t)(all >> 1), 1104605292374287292,
           "the order is the one it always was");
    corpus_fini(&corpus);
}

int main(void) {
    test_splits();
    test_lane_batch();
    test_restores();
    test_epochs();
    test_isolated();
    test_weights();
    test_tally();
    test_damage();
    test_late_fault();
    test_no_text();
    test_bad_cursors();
    test_golden();
    return tap_done();
}
