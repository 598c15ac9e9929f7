/* SPDX-License-Identifier: Apache-2.0 */
/* A WordPiece vocabulary: one token a line, id = line number.  A file is read as
 * transformers reads it (its tokenizers written in Rust): LF ends a line, white space
 * at the end of a line is no part of the token, an empty line is an id that nothing
 * matches, and of a token on several lines the last one counts.  The ids are those of
 * the lines. */
#ifndef MPIBERT_CORE_VOCAB_H
#define MPIBERT_CORE_VOCAB_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/err.h"
#include "src/base/map.h"
#include "src/base/str.h"

enum { VOCAB_MOST = 1 << 20 }; /* tokens */

struct vocab {
    char *text; /* owned: the file's bytes */
    size_t text_size;
    struct slice *tokens; /* (V) slices of text */
    bool *continues;      /* (V) a piece that goes on a word: "##" and more */
    int32_t size;         /* V */
    struct map ids;       /* token -> id; the empty one is not in it */
    int32_t pad, unk, cls, sep, mask; /* ids of the special tokens */
};

/* Copies `text`.  Refuses (65) what no other program could load, or would read another
 * way: ill-formed UTF-8, NUL, a CR inside a line, a byte order mark; more than
 * VOCAB_MOST tokens; and the lack of [PAD] [UNK] [CLS] [SEP] or [MASK].  `name` is for
 * the message. */
int vocab_parse(struct vocab *vocab, struct slice text, const char *name,
                struct err *err);
/* The id of a token, or -1. */
int32_t vocab_find(const struct vocab *vocab, struct slice token);
/* Whether text can become this id: not an empty line, nor one that a later line
 * repeats. */
bool vocab_is_live(const struct vocab *vocab, int32_t id);
/* A line's token: what is before the white space at its end. */
struct slice vocab_trim(struct slice line);
void vocab_fini(struct vocab *vocab);

#endif
