/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: ids are those of the tokenizer, over any bytes; and the place of each, in
 * bytes of the text as it was, is the characters that it stands for, with their marks,
 * whatever was lowered, stripped, dropped or set apart. */
#include "src/text/offsets.h"

#include <string.h>

#include "src/base/rng.h"
#include "src/text/tokenizer.h"
#include "tests/tap.h"

static const char tokens[] =
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\n##a\n##b\ncafe\ni\n.\n"
    "\xe6\xbc\xa2\n\xc3\xa9\n##s\n";

static const struct normalizer_options plain = {.clean_text = true,
                                                .chinese_chars = true},
                                       folded = {.clean_text = true,
                                                 .chinese_chars = true,
                                                 .strip_accents = true,
                                                 .lowercase = true},
                                       turkish = {.clean_text = true,
                                                  .strip_accents = true,
                                                  .lowercase = true,
                                                  .dotted_i = true};

static const struct row {
    const struct normalizer_options *options;
    const char *text, *want; /* the places' own texts */
} rows[] = {
    {&folded, "ab a.", "a|b|a|.|"},
    {&folded, "  AB\ta\n", "A|B|a|"},
    {&folded, "Caf\xc3\x89s caf\xc3\xa9", "Caf\xc3\x89|s|caf\xc3\xa9|"},
    {&folded, "cafe\xcc\x81s", "cafe\xcc\x81|s|"},
    {&folded, "cafe\xcc\x81. a\xcc\x81\xcc\xa7", "cafe\xcc\x81|.|a\xcc\x81\xcc\xa7|"},
    {&folded,
     "a\xe6\xbc\xa2"
     "b",
     "a|\xe6\xbc\xa2|b|"},
    {&folded,
     "a\xc2\xad"
     "b x",
     "a|b|x|"},
    {&folded,
     "\xe2\x80\x8b"
     "a\xe2\x80\x8b. cafe\xe2\x80\x8b\xcc\x81\xe2\x80\x8b",
     "a|.|cafe\xe2\x80\x8b\xcc\x81|"},
    {&folded,
     "c\xe2\x80\x8b"
     "afe\xe2\x80\x8b b",
     "c\xe2\x80\x8b"
     "afe|b|"},
    {&plain, "e\xe2\x80\x8b\xcc\x81 \xe6\xbc\xa2\xe2\x80\x8b",
     "e\xe2\x80\x8b\xcc\x81|\xe6\xbc\xa2|"},
    {&folded,
     "a\xff"
     "b",
     "a|b|"},
    {&folded, "xyz a", "xyz|a|"},
    {&plain, "\xc3\xa9 \xc3\x89 e\xcc\x81", "\xc3\xa9|\xc3\x89|e\xcc\x81|"},
    {&turkish, "\xc4\xb0 I\xcc\x87 a", "\xc4\xb0|I\xcc\x87|a|"},
    {&folded, "", ""},
    {&folded, " \n", ""},
};

static struct vocab vocab;

static void check_row(const struct row *row) {
    struct offsets *offsets = offsets_create(&vocab, row->options);
    struct ids ids = {0};
    struct str got = {0};
    const struct reach *places = offsets_encode(offsets, slice_of(row->text), &ids);
    str_append(&got, "", 0);
    for (size_t i = 0; i < ids.count; i++)
        str_printf(&got, "%.*s|", (int)(places[i].end - places[i].begin),
                   row->text + places[i].begin);
    is_str(got.data, row->want, "the places of row %d", (int)(row - rows));
    ids_fini(&ids);
    str_fini(&got);
    offsets_destroy(offsets);
}

/* Texts of characters of all kinds, at times broken. */
static size_t make_text(struct rng *rng, char *text, size_t size) {
    static const char *const some[] = {"a",
                                       "b",
                                       "A",
                                       " ",
                                       ".",
                                       "\xcc\x81",
                                       "\xcc\xa7",
                                       "\xc3\xa9",
                                       "\xc4\xb0",
                                       "I",
                                       "\xe6\xbc\xa2",
                                       "\xc2\xad",
                                       "\xff",
                                       "\xe0\xa4\x82",
                                       "\xea\xb0\x80",
                                       "\xcc",
                                       "s",
                                       "\xe0\xa4\xbe",
                                       "\t"};
    size_t n = 0;
    while (n + 4 < size) {
        const char *one = some[rng_below(rng, sizeof some / sizeof *some)];
        memcpy(text + n, one, strlen(one));
        n += strlen(one);
    }
    return n;
}

static void check_random(const struct normalizer_options *options) {
    struct tokenizer *tokenizer = tokenizer_create(&vocab, options);
    struct offsets *offsets = offsets_create(&vocab, options);
    struct rng rng;
    bool same = true, ordered = true;
    rng_init(&rng, 3, RNG_TASK, 0, 0);
    for (int turn = 0; turn < 2000; turn++) {
        char text[80];
        struct ids want = {0}, got = {0};
        struct slice all = {text, make_text(&rng, text, 8 + (size_t)turn % 60)};
        tokenizer_encode(tokenizer, all, &want);
        const struct reach *places = offsets_encode(offsets, all, &got);
        same = same && want.count == got.count &&
               (got.count == 0 ||
                memcmp(want.data, got.data, got.count * sizeof *got.data) == 0);
        for (size_t i = 0; i < got.count; i++)
            ordered = ordered && places[i].begin < places[i].end &&
                      places[i].end <= all.size &&
                      (i == 0 || places[i].begin >= places[i - 1].begin);
        ids_fini(&want);
        ids_fini(&got);
    }
    ok(same, "the tokenizer's ids");
    ok(ordered, "places lie in the text, in order");
    tokenizer_destroy(tokenizer);
    offsets_destroy(offsets);
}

int main(void) {
    vocab_parse(&vocab, slice_of(tokens), "vocab", NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(&rows[i]);
    check_random(&plain);
    check_random(&folded);
    check_random(&turkish);
    vocab_fini(&vocab);
    return tap_done();
}
