/* SPDX-License-Identifier: Apache-2.0 */
/* A WordPiece vocabulary: one token a line, id = line number. */
#ifndef MPIBERT_CORE_VOCAB_H
#define MPIBERT_CORE_VOCAB_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/err.h"
#include "src/base/map.h"
#include "src/base/str.h"

struct vocab {
    char *text; /* owned: the file's bytes */
    size_t text_size;
    struct slice *tokens; /* (V) slices of text */
    bool *continues;      /* (V) a piece that goes on a word: "##" and more */
    int32_t size;         /* V */
    struct map ids;       /* token -> id */
    int32_t pad, unk, cls, sep, mask; /* ids of the special tokens */
};

/* Copies `text`.  Refuses (65) empty lines, duplicates, more than 2^20 tokens, and the lack
 * of [PAD] [UNK] [CLS] [SEP] or [MASK]; `name` is for the message. */
int vocab_parse(struct vocab *vocab, struct slice text, const char *name, struct err *err);
/* The id of a token, or -1. */
int32_t vocab_find(const struct vocab *vocab, struct slice token);
void vocab_fini(struct vocab *vocab);

#endif
