/* SPDX-License-Identifier: Apache-2.0 */
/* A corpus whose words say where they stood: see corpus.h. */
#include "tests/corpus.h"

#include <stdio.h>
#include <stdlib.h>

#include "src/base/file.h"
#include "src/base/mem.h"
#include "src/base/rng.h"
#include "tests/tap.h"

enum { MAX_SENTENCES = 9, MAX_WORDS = 20 };

static void must(int rc, const struct err *err) {
    if (rc == 0)
        return;
    diag("corpus: %s", err->text);
    exit(1);
}

void corpus_set(struct corpus *corpus, const char *key, const char *value) {
    struct err err;
    must(config_set(&corpus->config, key, value, "test", &err), &err);
}

/* One document of 1 … MAX_SENTENCES sentences; its words become lines of the
 * vocabulary. */
static void write_document(struct corpus *corpus, struct rng *rng, int source,
                           struct str *text, struct str *vocab, size_t *V) {
    int document = corpus->documents++;
    int sentences = 1 + (int)rng_below(rng, MAX_SENTENCES);
    corpus->lengths =
        mem_resize(corpus->lengths, (size_t)corpus->documents, sizeof(int));
    corpus->lengths[document] = 0;
    for (int s = 0; s < sentences; s++) {
        int words = 1 + (int)rng_below(rng, MAX_WORDS);
        corpus->words =
            mem_resize(corpus->words, *V + (size_t)words, sizeof *corpus->words);
        for (int w = 0; w < words; w++) {
            str_printf(vocab, "w%zu\n", *V);
            str_printf(text, "%sw%zu", w ? " " : "", *V);
            corpus->words[(*V)++] =
                (struct corpus_word){source, document, corpus->sentences};
        }
        corpus->sentences++;
        corpus->lengths[document] += words;
        str_append_char(text, '\n');
    }
    str_append_char(text, '\n');
}

static void write_source(struct corpus *corpus, int source, struct corpus_source how,
                         struct str *vocab, size_t *V) {
    struct str text = {0};
    struct err err;
    struct rng rng;
    char path[256], key[64], value[32];
    rng_init(&rng, 1, RNG_TEST, (uint64_t)source, 0);
    for (int k = 0; k < how.shards; k++) {
        str_clear(&text);
        for (int d = 0; d < how.documents; d++)
            write_document(corpus, &rng, source, &text, vocab, V);
        snprintf(path, sizeof path, "%s/source%d-%03d.txt", corpus->folder, source, k);
        must(file_write_atomic(path, text.size ? text.data : "", text.size, &err),
             &err);
    }
    str_fini(&text);
    snprintf(path, sizeof path, "%s/source%d-*.txt", corpus->folder, source);
    snprintf(key, sizeof key, "data.sources[%d].path", source);
    corpus_set(corpus, key, path);
    snprintf(key, sizeof key, "data.sources[%d].format", source);
    corpus_set(corpus, key, "blankline");
    snprintf(key, sizeof key, "data.sources[%d].weight", source);
    snprintf(value, sizeof value, "%g", how.weight);
    corpus_set(corpus, key, value);
}

void corpus_init(struct corpus *corpus, const char *name,
                 const struct corpus_source *sources, int count) {
    static const char special[] = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";
    struct str vocab = {0};
    struct err err;
    size_t V = 5;
    *corpus = (struct corpus){0};
    snprintf(corpus->folder, sizeof corpus->folder, "%s/%s", tap_folder(), name);
    must(file_make_folder(corpus->folder, &err), &err);
    config_init(&corpus->config);
    corpus_set(corpus, "train.lanes", "4");
    corpus_set(corpus, "train.lane_batch", "4");
    corpus_set(corpus, "train.sequence_length", "32");
    corpus_set(corpus, "data.block_bytes", "64KiB");
    corpus->words = mem_alloc(V, sizeof *corpus->words);
    for (size_t i = 0; i < V; i++)
        corpus->words[i] = (struct corpus_word){-1, -1, -1};
    str_append(&vocab, special, sizeof special - 1);
    for (int s = 0; s < count; s++)
        write_source(corpus, s, sources[s], &vocab, &V);
    must(vocab_parse(&corpus->vocab, str_slice(&vocab), "corpus", &err), &err);
    str_fini(&vocab);
    must(manifest_init(&corpus->manifest, corpus->config.sources, count, &err), &err);
}

void corpus_fini(struct corpus *corpus) {
    manifest_fini(&corpus->manifest);
    vocab_fini(&corpus->vocab);
    config_fini(&corpus->config);
    mem_free(corpus->words);
    mem_free(corpus->lengths);
    *corpus = (struct corpus){0};
}
