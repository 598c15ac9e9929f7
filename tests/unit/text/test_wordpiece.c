/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: words and the ids that greedy matching must give: pieces, or one [UNK] for
 * all. The last rows are TensorFlow Text's traps for matchers that do not step back. */
#include "src/text/wordpiece.h"

#include <string.h>

#include "src/base/mem.h"
#include "tests/tap.h"

#define SPECIAL "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n" /* 0 to 4 */

static const char plain[] =
    SPECIAL "want\n##want\n##ed\nwa\nun\nrunn\n##ing\n,\n" /* 5-12 */
            "##\n#\n###\né\n##é\n"                         /* 13-17 */
            "sixteen-byteword\nseventeen-bytewor\n";       /* 18-19 */
static const char traps[] =
    SPECIAL "a\nabc\nabcdefghi\n##de\n##defgxy\n##deh\n##f\n##ghz\n";

static const struct {
    const char *vocab, *word, *want;
} rows[] = {
    {plain, "want", "5"},
    {plain, "unwanted", "9 6 7"},
    {plain, "running", "10 11"},
    {plain, ",", "12"},
    {plain, "unwantedx", "1"},
    {plain, "xwant", "1"},
    {plain, "wanted", "5 7"},
    {plain, "w", "1"},
    {plain, "ing", "1"}, /* only inside words */
    {plain, "#", "14"},
    {plain, "##", "14 15"}, /* the marker is no text */
    {plain, "é", "16"},
    {plain, "éé", "16 17"},
    {plain, "é\xC3", "1"},
    {plain, "sixteen-byteword", "18"},
    {plain, "seventeen-bytewor", "19"},
    {plain, "seventeen-bytewo", "1"},
    {plain, "sixteen-bytewordé", "18 17"},
    {traps, "abcdefghz", "6 8 11 12"},
    {traps, "abcdef", "6 8 11"},
    {traps, "abcdefghi", "7"},
    {traps, "abc", "6"},
    {traps, "x", "1"},
    {traps, "xde", "1"},
    {traps, "abcxde", "1"},
    {traps, "abcx", "1"},
    {traps, "abcdefgxyde", "6 9 8"},
};

/* The ids of a word, as text; after the word nothing but its padding may be read. */
static void encode(const struct wordpiece *wordpiece, const char *word,
                   struct str *out) {
    size_t size = strlen(word);
    char *padded = mem_resize(NULL, size + WORDPIECE_PADDING, 1);
    memset(padded, 'x', size + WORDPIECE_PADDING);
    memcpy(padded, word, size);
    struct ids ids = {0};
    ids_append(&ids, 99); /* what is there must stay */
    wordpiece_encode(wordpiece, (struct slice){padded, size}, &ids);
    str_clear(out);
    for (size_t i = 1; i < ids.count; i++)
        str_printf(out, i > 1 ? " %d" : "%d", ids.data[i]);
    ok(ids.data[0] == 99, "what was there stays");
    ids_fini(&ids);
    mem_free(padded);
}

static struct wordpiece *create(const char *text) {
    struct vocab vocab;
    struct err err;
    if (vocab_parse(&vocab, slice_of(text), "test", &err) < 0)
        return NULL;
    struct wordpiece *wordpiece = wordpiece_create(&vocab);
    vocab_fini(&vocab);
    return wordpiece;
}

static void test_rows(void) {
    struct str got = {0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct wordpiece *wordpiece = create(rows[i].vocab);
        encode(wordpiece, rows[i].word, &got);
        is_str(got.data, rows[i].want, "%s", rows[i].word);
        wordpiece_destroy(wordpiece);
    }
    str_fini(&got);
}

/* The cap counts characters, not bytes, and comes before everything else. */
static void test_long_words(void) {
    struct wordpiece *wordpiece = create(plain);
    struct str word = {0}, got = {0};
    for (int n = 1; n <= 101; n++) {
        str_append(&word, "é", 2);
        if (n == 100) {
            encode(wordpiece, word.data, &got);
            is_int((int64_t)got.size, 100 * 3 - 1, "100 characters are matched");
        }
    }
    encode(wordpiece, word.data, &got);
    is_str(got.data, "1", "101 characters are [UNK]");
    str_fini(&word);
    str_fini(&got);
    wordpiece_destroy(wordpiece);
    wordpiece_destroy(NULL);
}

int main(void) {
    test_rows();
    test_long_words();
    return tap_done();
}
