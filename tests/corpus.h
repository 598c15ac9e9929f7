/* SPDX-License-Identifier: Apache-2.0 */
/* A made-up corpus in tap_folder() in which every word occurs once: an id tells which
 * document and sentence it stood in, so a test can see what became of each. */
#ifndef MPIBERT_TESTS_CORPUS_H
#define MPIBERT_TESTS_CORPUS_H

#include <stdint.h>

#include "io/manifest.h"
#include "src/core/config.h"
#include "src/core/vocab.h"

struct corpus_source {
    int shards, documents; /* documents a shard */
    double weight;
};

/* What is known of a word. */
struct corpus_word {
    int32_t source, document,
        sentence; /* counted over the whole corpus; -1: a special one */
};

struct corpus {
    char folder[128];
    struct config
        config; /* defaults, the sources, 4 lanes of 4 × 32 tokens, small blocks */
    struct manifest manifest;
    struct vocab vocab;
    struct corpus_word *words; /* (V) */
    int documents, sentences;
    int *lengths; /* (documents) words in each */
};

/* Writes sources of plain text, documents separated by blank lines, a sentence a line;
 * ends the test if it cannot.  The content depends on the counts alone. */
void corpus_init(struct corpus *corpus, const char *name,
                 const struct corpus_source *sources, int count);
/* Sets an option, or ends the test. */
void corpus_set(struct corpus *corpus, const char *key, const char *value);
void corpus_fini(struct corpus *corpus);

#endif
