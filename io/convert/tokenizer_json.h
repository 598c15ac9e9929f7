/* SPDX-License-Identifier: Apache-2.0 */
/* The tokenizer files of a Hugging Face folder, out and in. */
#ifndef MPIBERT_IO_CONVERT_TOKENIZER_JSON_H
#define MPIBERT_IO_CONVERT_TOKENIZER_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/err.h"
#include "src/base/str.h"
#include "src/core/vocab.h"

/* What the files say about text: the one source of all of them. */
struct tokenizer_flags {
    bool clean_text, chinese_chars, lowercase;
    int strip_accents; /* 0, 1, or -1: as lowercase */
};

/* Writes vocab.txt, tokenizer.json, tokenizer_config.json and special_tokens_map.json.
 * A token that is not UTF-8 is 65. */
int tokenizer_json_write(const char *dir, const struct vocab *vocab,
                         const struct tokenizer_flags *flags, int64_t max_length,
                         struct err *err);

/* Reads the flags from tokenizer.json and tokenizer_config.json, and the vocabulary
 * from vocab.txt or else tokenizer.json; *vocab is appended to.  65: files that
 * contradict each other, a tokenizer that is not BERT's, a vocabulary that lacks a
 * special token, casing that no file states though the vocabulary looks cased.  66: no
 * vocabulary. */
int tokenizer_json_read(const char *dir, struct tokenizer_flags *flags,
                        struct str *vocab, struct err *err);

#endif
