/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: what is too long loses its end as transformers' fast tokenizers cut it (the
 * numbers here are theirs), and no word loses its place but by the cut. */
#include "src/task/encoder.h"

#include <string.h>

#include "tests/tap.h"

static const char tokens[] = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\n##a\n";

/* "a a a …" */
static void repeat(struct str *text, const char *word, int count) {
    str_append(text, "", 0);
    for (int i = 0; i < count; i++)
        str_printf(text, "%s ", word);
}

/* Texts of so many tokens, in a room of `length`: how many of each stay. */
static const struct row {
    int first, second; /* -1: no second text */
    int64_t length;
    int want_first, want_second;
} rows[] = {
    {5, -1, 128, 5, -1}, {5, -1, 7, 5, -1}, {6, -1, 7, 5, -1}, {0, -1, 7, 0, -1},
    {5, 4, 12, 5, 4},    {2, 9, 10, 2, 5},  {9, 2, 10, 5, 2},  {9, 4, 10, 4, 3},
    {4, 9, 10, 3, 4},    {7, 7, 10, 3, 4},  {9, 9, 11, 4, 4},  {3, 9, 10, 3, 4},
    {0, 9, 10, 0, 7},    {9, 0, 10, 7, 0},  {8, 8, 3, 0, 0},
};

static void check_row(struct encoder *e, const struct row *row) {
    struct str first = {0}, second = {0};
    struct ids ids = {0};
    repeat(&first, "a", row->first);
    repeat(&second, "b", row->second);
    e->length = row->length;
    struct slice pair = row->second < 0 ? (struct slice){NULL, 0} : str_slice(&second);
    struct encoded got = encoder_texts(e, str_slice(&first), pair, &ids);
    int32_t tail = row->second < 0 ? 0 : row->want_second + 1;
    is_int(got.split, row->want_first + 2, "%d and %d in %d: the first", row->first,
           row->second, (int)row->length);
    is_int(got.length, row->want_first + 2 + tail, "and the second");
    ok(got.cut == (row->want_first < row->first || row->want_second < row->second),
       "whether it was cut");
    ok(ids.data[0] == 2 && ids.data[ids.count - 1] == 3 && ids.data[got.split - 1] == 3,
       "special tokens are where they belong");
    ids_fini(&ids);
    str_fini(&first);
    str_fini(&second);
}

static void check_words(struct encoder *e) {
    struct slice words[] = {slice_of("aaa"), slice_of("\x01"), slice_of("b"),
                            slice_of("ba"), slice_of("a")};
    int32_t places[5];
    struct ids ids = {0};
    e->length = 7; /* room for 5: a ##a ##a b b */
    struct encoded got = encoder_words(e, words, 5, places, &ids);
    const int32_t want[] = {1, -1, 4, 5, -1};
    ok(memcmp(places, want, sizeof want) == 0, "words have their first pieces' places");
    ok(got.length == 7 && got.split == 7 && got.cut, "and the last was cut");
    is_int(ids.data[6], 3, "but the end is there");
    ids_fini(&ids);
}

int main(void) {
    struct vocab vocab;
    const struct normalizer_options options = {.clean_text = true};
    vocab_parse(&vocab, slice_of(tokens), "vocab", NULL);
    struct tokenizer *tokenizer = tokenizer_create(&vocab, &options);
    struct encoder encoder = {.tokenizer = tokenizer, .vocab = &vocab};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(&encoder, &rows[i]);
    check_words(&encoder);
    encoder_fini(&encoder);
    tokenizer_destroy(tokenizer);
    vocab_fini(&vocab);
    return tap_done();
}
