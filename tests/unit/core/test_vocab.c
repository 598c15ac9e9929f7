/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a vocabulary gives every line its number and every number its line, as
 * transformers 5.24 does (its ids, recorded); what it could not load, or
 * other programs would read another way, is refused with 65, its name and, where it has
 * one, its line. */
#include "src/core/vocab.h"

#include <string.h>

#include "tests/tap.h"

#define SPECIALS "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n"

static void test_good(void) {
    static const struct {
        const char *text, *token;
        int size, id;
    } rows[] = {
        {SPECIALS, "[MASK]", 5, 4},
        {SPECIALS "the\n##ing\n", "##ing", 7, 6},
        {SPECIALS "last line without LF", "last line without LF", 6, 5},
        {"a\n" SPECIALS, "a", 6, 0}, /* special tokens may stand anywhere */
        {"[PAD]\r\n[UNK]\r\n[CLS]\r\n[SEP]\r\n[MASK]\r\nx\r\n", "x", 6, 5},
        {SPECIALS "\xc2\x85x\n", "\xc2\x85x", 6,
         5}, /* white space before a token is its */
        {SPECIALS "\xc3\xa9\n", "\xc3\xa9", 6, 5},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct vocab vocab;
        struct err err = {0};
        is_int(vocab_parse(&vocab, slice_of(rows[i].text), "v.txt", &err), 0,
               "vocabulary %zu", i);
        is_int(vocab.size, rows[i].size, "its size");
        is_int(vocab_find(&vocab, slice_of(rows[i].token)), rows[i].id, "id of '%s'",
               rows[i].token);
        ok(slice_equal(vocab.tokens[rows[i].id], slice_of(rows[i].token)), "and back");
        ok(slice_equal(vocab.tokens[vocab.mask], slice_of("[MASK]")) &&
               slice_equal(vocab.tokens[vocab.pad], slice_of("[PAD]")) &&
               slice_equal(vocab.tokens[vocab.unk], slice_of("[UNK]")) &&
               slice_equal(vocab.tokens[vocab.cls], slice_of("[CLS]")) &&
               slice_equal(vocab.tokens[vocab.sep], slice_of("[SEP]")),
           "special tokens are where they are");
        is_int(vocab_find(&vocab, slice_of("absent")), -1, "a token that is not in it");
        is_int(vocab_find(&vocab, slice_of("")), -1, "nor the empty one");
        vocab_fini(&vocab);
    }
}

/* ids that BertTokenizer of transformers 5.24 gives "the", "dog" and "cat" */
static void test_odd(void) {
    static const struct {
        const char *what, *text;
        int size, the, dog, cat;
    } rows[] = {
        {"blank at the end of a line", SPECIALS "the\ndog \ncat\n", 8, 5, 6, 7},
        {"tab", SPECIALS "the\ndog\t \t\ncat\n", 8, 5, 6, 7},
        {"no-break and ideographic space",
         SPECIALS "the\xc2\xa0\ndog\xe3\x80\x80\ncat\n", 8, 5, 6, 7},
        {"blank before a token", SPECIALS "the\n dog\ncat\n", 8, 5, -1, 7},
        {"blank inside", SPECIALS "the\ndog 1\ncat\n", 8, 5, -1, 7},
        {"an empty line", SPECIALS "the\n\ndog\ncat\n", 9, 5, 7, 8},
        {"a line of blanks", SPECIALS "the\n \t\ndog\ncat\n", 9, 5, 7, 8},
        {"empty lines at the end", SPECIALS "the\ndog\ncat\n\n\n", 10, 5, 6, 7},
        {"an empty line first", "\n" SPECIALS "the\ndog\ncat\n", 9, 6, 7, 8},
        {"CR LF", SPECIALS "the\r\ndog\r\n\r\ncat\r\n", 9, 5, 6, 8},
        {"a token twice: the last", SPECIALS "the\ndog\ncat\ndog\n", 9, 5, 8, 7},
        {"twice but for a blank", SPECIALS "dog\nthe\ncat\ndog \n", 9, 6, 8, 7},
        {"a special token twice", "[PAD]\n" SPECIALS "the\ndog\ncat\n", 9, 6, 7, 8},
        {"U+0085, U+2028 end no line",
         SPECIALS "the\xc2\x85"
                  "a\n\xe2\x80\xa8\ndog\ncat",
         9, -1, 7, 8},
        {"specials last", "the\ndog\ncat\n" SPECIALS, 8, 0, 1, 2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct vocab vocab;
        struct err err = {0};
        is_int(vocab_parse(&vocab, slice_of(rows[i].text), "v.txt", &err), 0, "%s %s",
               rows[i].what, err.text);
        is_int(vocab.size, rows[i].size, "  its size");
        is_int(vocab_find(&vocab, slice_of("the")), rows[i].the, "  the");
        is_int(vocab_find(&vocab, slice_of("dog")), rows[i].dog, "  dog");
        is_int(vocab_find(&vocab, slice_of("cat")), rows[i].cat, "  cat");
        is_int(vocab_find(&vocab, slice_of("")), -1, "  nothing is no token");
        vocab_fini(&vocab);
    }
}

static void test_live(void) {
    struct vocab vocab;
    struct err err;
    vocab_parse(&vocab, slice_of(SPECIALS "dog\n\ncat\ndog\n"), "v.txt", &err);
    ok(vocab_is_live(&vocab, 0) && vocab_is_live(&vocab, 7) && vocab_is_live(&vocab, 8),
       "tokens that text becomes");
    ok(!vocab_is_live(&vocab, 5), "a token that is repeated later is not");
    ok(!vocab_is_live(&vocab, 6), "nor is an empty line");
    vocab_fini(&vocab);
}

static void test_continuations(void) {
    static const struct {
        const char *token;
        bool continues;
    } rows[] = {{"##ing", true},   {"###", true},           {"##", false},
                {"#", false},      {"#x", false},           {"x##", false},
                {"[MASK]", false}, {"\xe5\x8d\x9a", false}, {"##\xe5\x8d\x9a", true}};
    struct vocab vocab;
    struct err err;
    const char *text =
        SPECIALS "##ing\n###\n##\n#\n#x\nx##\n\xe5\x8d\x9a\n##\xe5\x8d\x9a\n";
    is_int(vocab_parse(&vocab, slice_of(text), "v.txt", &err), 0,
           "a vocabulary of pieces");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        is_int(vocab.continues[vocab_find(&vocab, slice_of(rows[i].token))],
               rows[i].continues, "'%s' goes on a word or not", rows[i].token);
    vocab_fini(&vocab);
}

static void test_bad(void) {
    static const struct {
        const char *text, *says;
    } rows[] = {
        {"", "[PAD]"},
        {"[PAD]\n[UNK]\n[CLS]\n[SEP]\n", "[MASK]"},
        {"[UNK]\n[CLS]\n[SEP]\n[MASK]\n", "[PAD]"},
        {"[pad]\n[unk]\n[cls]\n[sep]\n[mask]\n", "[PAD]"},
        {SPECIALS "a\nx\xff\n", "v.txt:7: is not UTF-8"},
        {SPECIALS "\xed\xa0\x80\n", "v.txt:6: is not UTF-8"},
        {SPECIALS "a\rb\n", "v.txt:6: has a CR inside"},
        {"[PAD]\r[UNK]\r[CLS]\r[SEP]\r[MASK]\r", "v.txt:1: has a CR inside"},
        {"\xef\xbb\xbf" SPECIALS "a\n", "v.txt: begins with a byte order mark"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct vocab vocab;
        struct err err = {0};
        is_int(vocab_parse(&vocab, slice_of(rows[i].text), "v.txt", &err), -1,
               "no vocabulary %zu", i);
        is_int(err.code, ERR_DATA, "is bad data");
        ok(strstr(err.text, "v.txt") && strstr(err.text, rows[i].says), "%s", err.text);
        ok(vocab.tokens == NULL && vocab.text == NULL, "and nothing is left to free");
    }
}

static void test_nul(void) {
    static const char text[] = SPECIALS "x\0y\n";
    struct vocab vocab;
    struct err err = {0};
    is_int(vocab_parse(&vocab, (struct slice){text, sizeof text - 1}, "v.txt", &err),
           -1, "a NUL in a token");
    ok(err.code == ERR_DATA && strstr(err.text, "v.txt:6: has a NUL byte"), "%s",
       err.text);
}

static void test_many(void) {
    enum { MOST = 1 << 20 };
    struct str text = {0};
    str_printf(&text, "%s", SPECIALS);
    for (int i = 5; i < MOST; i++)
        str_printf(&text, "%d\n", i);
    struct vocab vocab;
    struct err err = {0};
    is_int(vocab_parse(&vocab, str_slice(&text), "v.txt", &err), 0,
           "2^20 tokens are allowed");
    is_int(vocab_find(&vocab, slice_of("1048575")), MOST - 1, "and the last is found");
    vocab_fini(&vocab);
    str_printf(&text, "one more");
    is_int(vocab_parse(&vocab, str_slice(&text), "v.txt", &err), -1, "one more is not");
    ok(strstr(err.text, "v.txt: more than 1048576 tokens") != NULL, "%s", err.text);
    str_fini(&text);
}

int main(void) {
    test_good();
    test_odd();
    test_live();
    test_continuations();
    test_bad();
    test_nul();
    test_many();
    return tap_done();
}
