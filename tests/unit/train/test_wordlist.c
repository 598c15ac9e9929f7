/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: the tokenizer's flags follow the options, accents following lower-casing unless
 * they are set; a vocabulary file that is not there or not one is said by name. */
#include "src/train/wordlist.h"

#include <stdio.h>
#include <string.h>

#include "src/base/file.h"
#include "tests/tap.h"

static const struct {
    const char *lowercase, *accents; /* data.lowercase, data.strip_accents */
    bool lower, strip;
} rows[] = {
    {"true", "null", true, true},   {"false", "null", false, false},
    {"true", "false", true, false}, {"false", "true", false, true},
    {"true", "true", true, true},   {"false", "false", false, false},
};

static void test_normalizer(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct config config;
        struct err err;
        config_init(&config);
        config_set(&config, "data.lowercase", rows[i].lowercase, "test", &err);
        config_set(&config, "data.strip_accents", rows[i].accents, "test", &err);
        struct normalizer_options options = wordlist_normalizer(&config);
        is_int(options.lowercase, rows[i].lower, "lowercase %s", rows[i].lowercase);
        is_int(options.strip_accents, rows[i].strip, "  accents %s", rows[i].accents);
        ok(options.clean_text && options.chinese_chars, "  the others are on");
        config_fini(&config);
    }
}

static void test_files(void) {
    char path[96];
    struct vocab vocab;
    struct err err = {0};
    snprintf(path, sizeof path, "%s/vocab.txt", tap_folder());
    is_int(wordlist_load(path, &vocab, &err), -1, "no file");
    is_int(err.code, 66, "  is missing");
    ok(strstr(err.text, path) != NULL, "  and named");
    file_write_atomic(path, "a\nb\n", 4, &err);
    is_int(wordlist_load(path, &vocab, &err), -1, "no special tokens");
    is_int(err.code, 65, "  is bad data");
    static const char good[] = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na";
    file_write_atomic(path, good, sizeof good - 1, &err);
    is_int(wordlist_load(path, &vocab, &err), 0, "a vocabulary");
    is_int(vocab.size, 6, "  of six");
    vocab_fini(&vocab);
}

int main(void) {
    test_normalizer();
    test_files();
    return tap_done();
}
