/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: vocabularies made of words of one kind must be judged as that kind, and those
 * that hold too little of anything must not be judged at all. */
#include "src/text/casing.h"

#include <stdio.h>

#include "tests/tap.h"

enum { WORDS = 300 };

/* Words of a form: each %c%c is the same two small letters, in each word others. */
static void add_words(struct str *text, const char *form, int count) {
    for (int i = 0; i < count; i++)
        str_printf(text, form, 'a' + i % 26, 'a' + i / 26, 'a' + i % 26, 'a' + i / 26);
}

static void add_ideographs(struct str *text, const char *form) {
    for (int i = 0; i < WORDS; i++) {
        char c[] = {(char)0xe4, (char)(0xb8 + i / 64), (char)(0x80 + i % 64), 0};
        str_printf(text, form, c, c);
    }
}

static const struct {
    const char *what, *form, *more;
    int count; /* of `more` */
    int lowercase, strip_accents, chinese_chars;
} rows[] = {
    {"small letters", "x%c%c\n", NULL, 0, 1, -1, -1},
    {"a few", NULL, "x%c%c\n", 50, -1, -1, -1},
    {"capitals too", "x%c%c\n", "X%c%c\n", 10, 0, -1, -1},
    {"pieces with capitals", "##x%c%c\n", "##X%c%c\n", 10, 0, -1, -1},
    {"fewer capitals than tell", "x%c%c\n", "X%c%c\n", 5, -1, -1, -1},
    {"single capitals alone", "x%c%c\n", "X\nY\nZ\n##X\n##Y\n##Z\n", 1, 1, -1, -1},
    {"markers are no text", "x%c%c\n", "[X%c%c]\n<X%c%c>\n", 60, 1, -1, -1},
    {"Greek capitals", "x%c%c\n", "\u0391%c%c\n", 20, 0, -1, -1},
    {"accents", "x%c%c\n", "\u00e9%c%c\n", 20, 1, 0, -1},
    {"composed by marks", "x%c%c\n", "e\u0301%c%c\n", 20, 1, 0, -1},
    {"Hangul", "x%c%c\n", "\ud55c%c%c\n", 20, 1, 0, -1},
    {"letters without a dot are none", "x%c%c\n", "\u0131%c%c\n", 20, 1, -1, -1},
    {"digits", "%c%c1\n", "12%c%c\n", 0, 1, -1, -1},
};

static void judge(const struct str *text, struct casing *casing) {
    struct vocab vocab;
    struct err err;
    is_int(vocab_parse(&vocab, str_slice(text), "v", &err), 0, "a vocabulary");
    casing_judge(&vocab, casing);
    vocab_fini(&vocab);
}

static void begin(struct str *text) {
    str_clear(text);
    str_printf(text, "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n");
}

static void test_rows(void) {
    struct str text = {0};
    struct casing casing;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin(&text);
        if (rows[i].form)
            add_words(&text, rows[i].form, WORDS);
        if (rows[i].more)
            add_words(&text, rows[i].more, rows[i].count);
        judge(&text, &casing);
        is_int(casing.lowercase, rows[i].lowercase, "%s: lower case", rows[i].what);
        is_int(casing.strip_accents, rows[i].strip_accents, "  accents");
        is_int(casing.chinese_chars, rows[i].chinese_chars, "  ideographs");
    }
    str_fini(&text);
}

static void test_ideographs(void) {
    static const struct {
        const char *form;
        int want;
    } forms[] = {
        {"%s\n", 1}, {"##%s\n", -1}, {"%s%s\n", 0}, {"##%s%s\n", 0}, {"%sx\n", 0}};
    struct str text = {0};
    struct casing casing;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        begin(&text);
        add_ideographs(&text, forms[i].form);
        judge(&text, &casing);
        is_int(casing.chinese_chars, forms[i].want, "ideographs as %s", forms[i].form);
        is_int(casing.strip_accents, -1, "  have no accents");
    }
    str_fini(&text);
}

int main(void) {
    test_rows();
    test_ideographs();
    return tap_done();
}
