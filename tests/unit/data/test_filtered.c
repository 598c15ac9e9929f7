/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: lanes make examples of just the documents that their source's filter keeps,
 * whoever has the lanes; what the others were dropped for is in the ledger, which adds
 * up; and what a verdict depends on is in the data hash, the lists by their content. */
#include "src/filter/filters.h"

#include <stdio.h>
#include <string.h>

#include "src/base/file.h"
#include "src/data/loader.h"
#include "tests/corpus.h"
#include "tests/tap.h"

enum { LEAST = 20, STEPS = 60 }; /* LEAST: filter.min_words */

static const struct corpus_source sources[] = {{2, 40, 1}, {1, 30, 1}};

/* The ledger of all lanes in `parts` loaders, and the sum of their batch hashes. */
static struct tally run(const struct corpus *corpus, int parts, uint64_t *hash) {
    struct tally sum = {0};
    int64_t lanes = corpus->config.train_lanes;
    *hash = 0;
    for (int p = 0; p < parts; p++) {
        int64_t first = lanes * p / parts, count = lanes * (p + 1) / parts - first;
        struct batch batch;
        struct err err;
        struct loader *loader = loader_create(&corpus->config, &corpus->manifest,
                                              &corpus->vocab, first, count, &err);
        batch_init(&batch, count * corpus->config.train_lane_batch,
                   corpus->config.train_sequence_length);
        for (int step = 0; step < STEPS; step++) {
            if (loader_next(loader, &batch, &err))
                diag("%s", err.text);
            *hash += loader_batch_hash(loader, &batch);
        }
        tally_add(&sum, loader_tally(loader));
        batch_fini(&batch);
        loader_destroy(loader);
    }
    return sum;
}

static uint64_t documents_dropped(const struct tally *tally) {
    uint64_t sum = 0;
    for (int r = 0; r < RULE_COUNT; r++)
        sum += rule_table[r].unit == RULE_DOCUMENTS ? tally->rules[r].dropped : 0;
    return sum;
}

static bool bytes_add_up(const struct tally *tally) {
    uint64_t sum = tally->filter_kept_bytes;
    for (int r = 0; r < RULE_COUNT; r++)
        sum += tally->rules[r].bytes;
    return sum == tally->filter_bytes;
}

static const char *write_list(const char *name, const char *text) {
    static char path[300];
    struct err err;
    snprintf(path, sizeof path, "%s/%s", tap_folder(), name);
    if (file_write_atomic(path, text, strlen(text), &err))
        diag("%s", err.text);
    return path;
}

/* Of the first source two documents are on the drop list and those of few words go; the
 * second source keeps all but what the drop list names, which is none of it. */
static void test_kept(void) {
    struct corpus corpus;
    uint64_t hash, other, unfiltered;
    int64_t listed = 0, shorter = 0, words = 0;
    corpus_init(&corpus, "kept", sources, 2);
    corpus_set(&corpus, "train.lane_batch", "16");
    run(&corpus, 1, &unfiltered);
    corpus_set(&corpus, "data.filter", "books");
    corpus_set(&corpus, "data.sources[1].filter", "none");
    corpus_set(&corpus, "filter.drop_list",
               write_list("drop", "source0-001.txt\t3\nsource0-000.txt\t0\n"));
    corpus_set(&corpus, "filter.min_words", "20");
    corpus_set(&corpus, "filter.min_stop_words", "off");
    corpus.manifest.specs = corpus.config.sources;
    for (int d = 0; d < corpus.documents; d++) {
        bool drop = d == 0 || d == 43, few = corpus.lengths[d] < LEAST;
        listed += drop;
        shorter += !drop && few;
        words += drop || few ? 0 : corpus.lengths[d];
    }
    ok(shorter > 10 && shorter < 100, "%d documents are too short", (int)shorter);
    struct tally whole = run(&corpus, 1, &hash);
    is_int((int64_t)whole.rules[RULE_drop_list].dropped, listed, "the drop list drops");
    is_int((int64_t)whole.rules[RULE_min_words].dropped, shorter, "so does a limit");
    is_int((int64_t)whole.documents_kept, corpus.documents - listed - shorter,
           "the rest is kept");
    is_int((int64_t)whole.tokens, words, "with all its words");
    is_int((int64_t)(whole.documents_kept + documents_dropped(&whole)),
           (int64_t)(whole.documents + whole.documents_too_long), "every document");
    ok(bytes_add_up(&whole), "and every byte is accounted for");
    ok(hash != unfiltered, "the examples are others");
    for (int parts = 2; parts <= 4; parts++) {
        struct tally split = run(&corpus, parts, &other);
        ok(hash == other, "%d loaders make the same examples", parts);
        ok(memcmp(&whole, &split, sizeof whole) == 0, "  and drop the same documents");
    }
    corpus_fini(&corpus);
}

static void test_faults(void) {
    struct corpus corpus;
    struct err err = {0};
    char hex[HASH_HEX_SIZE];
    corpus_init(&corpus, "faults", sources, 2);
    corpus_set(&corpus, "filter.url_blocklist", "/nonexistent/list");
    ok(loader_create(&corpus.config, &corpus.manifest, &corpus.vocab, 0, 1, &err) ==
           NULL,
       "no loader without its lists");
    is_int(err.code, 66, "  %s", err.text);
    is_int(loader_data_hash(&corpus.config, &corpus.manifest, &corpus.vocab, hex, &err),
           -1, "nor a hash");
    is_int(err.code, 66, "  %s", err.text);
    corpus_fini(&corpus);
    corpus_init(&corpus, "nothing", sources, 2);
    corpus_set(&corpus, "filter.min_words", "1000000");
    struct loader *loader =
        loader_create(&corpus.config, &corpus.manifest, &corpus.vocab, 0, 1, &err);
    struct batch batch;
    batch_init(&batch, corpus.config.train_lane_batch, 32);
    is_int(loader_next(loader, &batch, &err), -1, "a filter that keeps nothing");
    is_int(err.code, 65, "  %s", err.text);
    ok(strstr(err.text, "filter") != NULL, "  is told so");
    batch_fini(&batch);
    loader_destroy(loader);
    corpus_fini(&corpus);
}

static void hash_of(const struct corpus *corpus, char hex[HASH_HEX_SIZE]) {
    struct err err;
    if (loader_data_hash(&corpus->config, &corpus->manifest, &corpus->vocab, hex, &err))
        diag("%s", err.text);
}

static void test_lists_by_content(void) {
    struct corpus corpus;
    char first[HASH_HEX_SIZE], second[HASH_HEX_SIZE];
    corpus_init(&corpus, "content", sources, 2);
    corpus_set(&corpus, "filter.url_blocklist", write_list("one", "bad.example\n"));
    hash_of(&corpus, first);
    corpus_set(&corpus, "filter.url_blocklist", write_list("two", "bad.example\n"));
    hash_of(&corpus, second);
    is_str(second, first, "a list moved to another place leaves the hash");
    write_list("two", "worse.example\n");
    hash_of(&corpus, second);
    ok(strcmp(first, second) != 0, "another content changes it");
    corpus_fini(&corpus);
}

int main(void) {
    test_kept();
    test_faults();
    test_lists_by_content();
    return tap_done();
}
