/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: the tokenizer's flags follow the options, accents following lower-casing
 * unless they are set; a vocabulary file that is not there or not one is said by name.
 */
#include "src/data/wordlist.h"

#include <stdio.h>
#include <string.h>

#include "src/base/file.h"
#include "src/base/log.h"
#include "src/data/passage.h"
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
        struct normalizer_options options = passage_normalizer(&config);
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
    ok(strstr(err.text, tap_folder()) != NULL, "  and named");
    file_write_atomic(path, "a\nb\n", 4, &err);
    is_int(wordlist_load(path, &vocab, &err), -1, "no special tokens");
    is_int(err.code, 65, "  is bad data");
    static const char good[] = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na";
    file_write_atomic(path, good, sizeof good - 1, &err);
    is_int(wordlist_load(path, &vocab, &err), 0, "a vocabulary");
    is_int(vocab.size, 6, "  of six");
    vocab_fini(&vocab);
}

/* Vocabularies by letter: u(ncased) c(ased) a(ccented, small) n(othing to judge by);
 * what stands beside them: our note, or a tokenizer_config.json; options; and what
 * comes. */
static const struct settled {
    char vocabulary;
    const char *note, *config;
    const char *lowercase, *accents; /* options; NULL: not set */
    int code;                        /* 0, or of the refusal */
    int lower, strip;                /* what text is like */
} settled[] = {
    {'u', NULL, NULL, NULL, NULL, 0, 1, 1},
    {'u', NULL, NULL, "true", NULL, 0, 1, 1},
    {'u', NULL, NULL, "false", NULL, 78, 0, 0},
    {'u', NULL, NULL, NULL, "false", 0, 1, 0},
    {'c', NULL, NULL, NULL, NULL, 0, 0, 0},
    {'c', NULL, NULL, "false", NULL, 0, 0, 0},
    {'c', NULL, NULL, "true", NULL, 78, 0, 0},
    {'c', NULL, NULL, NULL, "true", 0, 0, 1},
    {'a', NULL, NULL, NULL, NULL, 0, 1, 0},
    {'a', NULL, NULL, "true", NULL, 0, 1, 0},
    {'a', NULL, NULL, "true", "false", 0, 1, 0},
    {'a', NULL, NULL, NULL, "true", 78, 0, 0},
    {'a', NULL, NULL, "false", NULL, 78, 0, 0},
    {'n', NULL, NULL, NULL, NULL, 0, 1, 1},
    {'n', NULL, NULL, "false", NULL, 0, 0, 0},
    /* our note counts before the tokens, and no option may contradict it */
    {'n', "{\"lowercase\": false, \"strip_accents\": false}", NULL, NULL, NULL, 0, 0,
     0},
    {'n', "{\"lowercase\": false, \"strip_accents\": true}", NULL, NULL, NULL, 0, 0, 1},
    {'n', "{\"lowercase\": true, \"strip_accents\": false}", NULL, NULL, NULL, 0, 1, 0},
    {'n', "{\"lowercase\": false}", NULL, "true", NULL, 78, 0, 0},
    {'n', "{\"lowercase\": true}", NULL, "false", NULL, 78, 0, 0},
    {'n', "{\"lowercase\": true}", NULL, "true", NULL, 0, 1, 1},
    {'n', "{\"strip_accents\": false}", NULL, NULL, "true", 78, 0, 0},
    {'u', "{\"lowercase\": false}", NULL, NULL, NULL, 0, 0, 0}, /* with a warning */
    {'n', "{\"lowercase\": 1}", NULL, NULL, NULL, 65, 0, 0},
    {'n', "[]", NULL, NULL, NULL, 65, 0, 0},
    {'n', "{", NULL, NULL, NULL, 65, 0, 0},
    /* a note of other tokens is left out */
    {'c', "{\"lowercase\": true, \"vocabulary_hash\": \"0\"}", NULL, NULL, NULL, 0, 0,
     0},
    /* Hugging Face's file */
    {'n', NULL, "{\"do_lower_case\": false}", NULL, NULL, 0, 0, 0},
    {'n', NULL, "{\"do_lower_case\": false}", "true", NULL, 78, 0, 0},
    {'n', NULL, "{\"do_lower_case\": true, \"strip_accents\": false}", NULL, NULL, 0, 1,
     0},
    {'n', NULL, "{\"do_lower_case\": true, \"strip_accents\": null}", NULL, NULL, 0, 1,
     1},
    {'c', NULL, "{}", NULL, NULL, 0, 0, 0},
    {'n', NULL, "{\"do_lower_case\": \"no\"}", NULL, NULL, 65, 0, 0},
    {'n', "{\"lowercase\": true}", "{\"do_lower_case\": false}", NULL, NULL, 0, 1, 1},
};

static void write_vocabulary(const char *path, char kind) {
    struct str text = {0};
    str_printf(&text, "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n");
    for (int i = 0; kind != 'n' && i < 200; i++)
        str_printf(&text, "x%c%c\n", 'a' + i % 26, 'a' + i / 26);
    for (int i = 0; i < 20 && (kind == 'c' || kind == 'a'); i++)
        str_printf(&text, "%s%c\n", kind == 'c' ? "Xx" : "x\u00e9", 'a' + i);
    file_write_atomic(path, text.data, text.size, NULL);
    str_fini(&text);
}

static void write_beside(const char *name, const char *text) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", tap_folder(), name);
    if (text)
        file_write_atomic(path, text, strlen(text), NULL);
    else
        remove(path);
}

static void test_settled(void) {
    char path[96];
    snprintf(path, sizeof path, "%s/v.txt", tap_folder());
    log_set_quiet(true);
    for (size_t i = 0; i < sizeof settled / sizeof *settled; i++) {
        const struct settled *row = &settled[i];
        struct config config;
        struct err err = {0};
        write_vocabulary(path, row->vocabulary);
        write_beside("v.txt.json", row->note);
        write_beside("tokenizer_config.json", row->config);
        config_init(&config);
        config_set(&config, "data.vocab", path, "test", NULL);
        if (row->lowercase)
            config_set(&config, "data.lowercase", row->lowercase, "test", NULL);
        if (row->accents)
            config_set(&config, "data.strip_accents", row->accents, "test", NULL);
        int rc = wordlist_settle_config(&config, &err);
        struct normalizer_options n = passage_normalizer(&config);
        if (row->code)
            ok(rc < 0 && (int)err.code == row->code && strstr(err.text, tap_folder()),
               "%zu %c: %s", i, row->vocabulary, err.text);
        else
            ok(rc == 0 && n.lowercase == row->lower && n.strip_accents == row->strip &&
                   config.data_lowercase == row->lower,
               "%zu %c: lower case %d, accents dropped %d %s", i, row->vocabulary,
               n.lowercase, n.strip_accents, err.text);
        config_fini(&config);
    }
    write_beside("tokenizer_config.json", NULL);
}

int main(void) {
    test_normalizer();
    test_settled();
    test_files();
    return tap_done();
}
