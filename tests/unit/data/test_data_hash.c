/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: the data hash changes with each thing that a lane is a function of, and with
 * nothing else: not with the folder, not with who computes or how much. */
#include <string.h>

#include "src/base/mem.h"
#include "src/data/loader.h"
#include "tests/corpus.h"
#include "tests/tap.h"

static const struct corpus_source sources[] = {{2, 3, 1}, {1, 3, 2}};

static const struct {
    const char *key, *value;
    bool changes;
} table[] = {
    {"data.filter", "wiki", true},
    {"data.filter", "none", false},
    {"data.sources[1].filter", "web", true},
    {"data.sources[1].filter", "none", false},
    {"filter.min_words", "5", true},
    {"filter.min_words", "off", false},
    {"filter.languages", "en", true},
    {"filter.stop_words", "the", false}, /* no rule asks for them */
    {"data.lowercase", "false", true},
    {"data.clean_text", "false", true},
    {"data.chinese_chars", "false", true},
    {"data.strip_accents", "false", true},
    {"data.short_seq_prob", "0.2", true},
    {"data.mask_prob", "0.2", true},
    {"data.mask_replace", "0.9", true},
    {"data.mask_random", "0", true},
    {"data.mask_kind", "words", true},
    {"data.mask_kind", "span", true},
    {"data.mask_kind", "ngram", true},
    {"data.mask_kind", "tokens", false},
    {"data.whole_word", "true", true}, /* its former key */
    {"data.whole_word", "false", false},
    {"data.packing", "full_sentences", true},
    {"data.packing", "swapped_pairs", true},
    {"data.isolate_documents", "true", true},
    {"data.block_bytes", "1MiB", true},
    {"data.max_document_bytes", "1KiB", true},
    {"data.temperature", "1", true},
    {"data.temperature", "null", false},
    {"data.sources[0].weight", "1.0000000001", true},
    {"data.sources[1].format", "files", true},
    {"data.sources[1].text_key", "body", true},
    {"train.sequence_length", "64", true},
    {"train.lanes", "8", true},
    {"train.phases[0].sequence_length", "64", true},
    {"train.phases[0].mask_prob", "0.3", true},
    {"train.phases[0].mask_kind", "span", true},
    {"train.phases[0].mask_kind", "tokens", false},
    {"train.phases[0].steps", "5", false},      /* of the last */
    {"train.phases[0].lane_batch", "2", false}, /* likewise */
    {"train.seed", "1", true},
    {"train.data_seed", "1", true},
    {"data.strip_accents", "true", false}, /* what not set means with lowercase */
    {"train.data_seed", "0", false},       /* as train.seed */
    {"train.init_seed", "1", false},
    {"data.language", "de,en", true},
    {"train.lane_batch", "8", false},
    {"train.steps", "1", false},
    {"train.chunk_tokens", "64", false},
    {"model.layers", "3", false},
    {"data.on_error", "stop", false},
    {"checkpoint.dir", "elsewhere", false},
    {"evaluation.seed", "7", false},
    {"evaluation.mask_kind", "span", false},
};

static void hash_corpus(const struct corpus *corpus, char hex[HASH_HEX_SIZE]) {
    struct err err;
    if (loader_data_hash(&corpus->config, &corpus->manifest, &corpus->vocab, hex, &err))
        diag("%s", err.text);
}

static void test_options(void) {
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct corpus corpus;
        char before[HASH_HEX_SIZE], after[HASH_HEX_SIZE];
        corpus_init(&corpus, "options", sources, 2);
        hash_corpus(&corpus, before);
        corpus_set(&corpus, table[i].key, table[i].value);
        corpus.manifest.specs = corpus.config.sources;
        hash_corpus(&corpus, after);
        ok((strcmp(before, after) != 0) == table[i].changes, "%s: %s %s the hash",
           table[i].key, table[i].value, table[i].changes ? "changes" : "leaves");
        corpus_fini(&corpus);
    }
}

/* Another path for the first shard. */
static void rename_shard(struct corpus *corpus, const char *path) {
    mem_free(corpus->manifest.shards[0].path);
    corpus->manifest.shards[0].path = mem_string(path);
}

static void test_manifest(void) {
    struct corpus corpus, other;
    char before[HASH_HEX_SIZE], after[HASH_HEX_SIZE];
    corpus_init(&corpus, "here", sources, 2);
    corpus_init(&other, "there", sources, 2);
    hash_corpus(&corpus, before);
    hash_corpus(&other, after);
    is_str(after, before, "another folder leaves the hash");
    rename_shard(&other, "source0-000.txt");
    hash_corpus(&other, after);
    is_str(after, before, "no folder leaves the hash");
    rename_shard(&other, "source0-000.text");
    hash_corpus(&other, after);
    ok(strcmp(before, after) != 0, "another name changes the hash");
    corpus_fini(&other);

    corpus_init(&other, "there", sources, 2);
    other.manifest.shards[2].bytes++;
    hash_corpus(&other, after);
    ok(strcmp(before, after) != 0, "another size changes the hash");
    other.manifest.shards[2].bytes--;
    other.manifest.shard_count--;
    hash_corpus(&other, after);
    ok(strcmp(before, after) != 0, "a shard less changes the hash");
    other.manifest.shard_count++;
    other.manifest.shards[1].source = 1;
    hash_corpus(&other, after);
    ok(strcmp(before, after) != 0, "a shard of another source changes the hash");
    corpus_fini(&other);

    corpus_init(&other, "there", sources, 2);
    other.vocab.text[other.vocab.text_size - 2]++;
    hash_corpus(&other, after);
    ok(strcmp(before, after) != 0, "another vocabulary changes the hash");
    corpus_fini(&other);
    corpus_fini(&corpus);
}

/* Two phases: where the first one ends is part of the hash, in a lane's examples; where
 * the second does is not. */
static void test_phases(void) {
    static const struct {
        const char *steps, *lane_batch, *last;
        bool changes;
    } rows[] = {{"10", "4", "7", false},
                {"10", "4", "9", false},
                {"20", "2", "7", false},
                {"11", "4", "7", true},
                {"10", "5", "7", true}};
    struct corpus corpus;
    char first[HASH_HEX_SIZE], hex[HASH_HEX_SIZE];
    corpus_init(&corpus, "phases", sources, 2);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        corpus_set(&corpus, "train.phases[0].steps", rows[i].steps);
        corpus_set(&corpus, "train.phases[0].lane_batch", rows[i].lane_batch);
        corpus_set(&corpus, "train.phases[1].steps", rows[i].last);
        hash_corpus(&corpus, i == 0 ? first : hex);
        ok(i == 0 || (strcmp(first, hex) != 0) == rows[i].changes,
           "%s steps of %s, then %s: %s", rows[i].steps, rows[i].lane_batch,
           rows[i].last, rows[i].changes ? "another hash" : "the hash");
    }
    corpus_fini(&corpus);
}

int main(void) {
    test_options();
    test_phases();
    test_manifest();
    return tap_done();
}
