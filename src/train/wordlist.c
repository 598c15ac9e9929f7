/* SPDX-License-Identifier: Apache-2.0 */
/* Vocabulary files: see wordlist.h. */
#include "src/train/wordlist.h"

#include "src/base/file.h"

int wordlist_load(const char *path, struct vocab *vocab, struct err *err) {
    struct str text = {0};
    int rc = file_read(path, 64u << 20, &text, err);
    if (rc == 0)
        rc = vocab_parse(vocab, str_slice(&text), path, err);
    str_fini(&text);
    return rc;
}

struct normalizer_options wordlist_normalizer(const struct config *config) {
    int accents = config->data_strip_accents;
    return (struct normalizer_options){
        .clean_text = config->data_clean_text > 0,
        .chinese_chars = config->data_chinese_chars > 0,
        .strip_accents = accents < 0 ? config->data_lowercase > 0 : accents > 0,
        .lowercase = config->data_lowercase > 0,
    };
}
