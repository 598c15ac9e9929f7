/* SPDX-License-Identifier: Apache-2.0 */
/* What a Hugging Face folder says about text. */
#ifndef MPIBERT_IO_CONVERT_TOKENIZER_READ_H
#define MPIBERT_IO_CONVERT_TOKENIZER_READ_H

#include "io/convert/tokenizer_json.h"
#include "src/base/err.h"
#include "src/base/str.h"

/* Reads the flags from tokenizer.json and tokenizer_config.json, and the vocabulary
 * from vocab.txt or else tokenizer.json; *text (the vocabulary's, a token a line) is
 * appended to. 65: files that contradict each other, a tokenizer that is not BERT's, a
 * vocabulary that lacks a special token, added tokens that are no lines of it, casing
 * that no file states though the vocabulary looks cased. 66: no vocabulary. */
int tokenizer_read(const char *dir, struct tokenizer_flags *flags, struct str *text,
                   struct err *err);

/* What tokenizer.json and tokenizer_config.json say: 0, 1, or -1 for nothing. */
struct tokenizer_said {
    int files; /* how many of the two are there */
    int lowercase, strip_accents, chinese_chars, clean_text;
    int dotted_i; /* 1, or -1 for nothing */
};
/* Reads that alone, of any folder.  65: no JSON, or they contradict each other. */
int tokenizer_read_flags(const char *dir, struct tokenizer_said *said, struct err *err);

#endif
