/* SPDX-License-Identifier: Apache-2.0 */
/* The tokenizer files of a Hugging Face folder: written here, read in tokenizer_read.h.
 */
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
    bool dotted_i;     /* lower-cased as Turkish is; read where `lowercase` is true */
    int strip_accents; /* 0, 1, or -1: as lowercase */
};

/* What dotted_i replaces before all else, in order; ended by NULL. */
extern const char *const tokenizer_json_undotted[][2];

/* Writes vocab.txt, tokenizer.json, tokenizer_config.json and special_tokens_map.json.
 * Ids that nothing matches are empty in vocab.txt, or repeated later there, and absent
 * in tokenizer.json. */
int tokenizer_json_write(const char *dir, const struct vocab *vocab,
                         const struct tokenizer_flags *flags, int64_t max_length,
                         struct err *err);

#endif
