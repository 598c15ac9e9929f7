/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a vocabulary gives every line its number and every number its line; a file
 * that is not one (no special tokens, a gap, a token twice, too many) is refused with
 * 65, its name and, where it has one, its line. */
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
        {SPECIALS " \n", " ", 6, 5}, /* a space is a token like any other */
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
        {SPECIALS "\na\n", "v.txt:6: empty line"},
        {SPECIALS "a\n\n", "v.txt:7: empty line"},
        {SPECIALS "\r\n", "v.txt:6: empty line"},
        {SPECIALS "a\nb\na\n", "v.txt:8: token 'a' is on line 6"},
        {SPECIALS "a\na\r\n", "v.txt:7: token 'a' is on line 6"},
        {"[PAD]\n" SPECIALS, "v.txt:2: token '[PAD]' is on line 1"},
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
    test_continuations();
    test_bad();
    test_many();
    return tap_done();
}
