/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: cutting a text into raw words and normalising those must give the words, and
 * the counts, of normalising the whole text: for texts in which marks, punctuation,
 * ideographs and broken sequences meet in every order, for all sixteen kinds of
 * normalisation, and with a table so small that words are pushed out of it all the
 * time. */
#include "src/text/rawwords.h"

#include <string.h>

#include "src/base/map.h"
#include "src/base/rng.h"
#include "src/text/pretokenize.h"
#include "tests/tap.h"

/* What texts are strung together from. */
static const char *const bits[] = {"a",
                                   "B",
                                   "the",
                                   "word",
                                   " ",
                                   " ",
                                   "\t",
                                   "\n",
                                   "\r",
                                   "\v",
                                   "\f",
                                   "\x1f",
                                   "\x7f",
                                   ",",
                                   "=",
                                   "~",
                                   "'",
                                   "-",
                                   "\xC3\xA9",
                                   "e\xCC\x81",
                                   "\xCC\x81",
                                   "\xCC\xB8",
                                   "\xCC\xA3",
                                   "\xE2\x89\xA0",
                                   "\xE4\xB8\xAD",
                                   "\xE3\x82\xAC",
                                   "\xEA\xB0\x81",
                                   "\xCD\xBE",
                                   "\xC2\xA0",
                                   "\xE2\x80\xA8",
                                   "\xE2\x80\x8B",
                                   "\xEF\xBF\xBD",
                                   "\xC4\xB0",
                                   "\xF0\x9F\x98\x80",
                                   "\xFF",
                                   "\xC3",
                                   "\xE2\x82",
                                   "\xED\xA0\x80",
                                   "\xF0\x9F",
                                   "\x80",
                                   "\xC2\x85",
                                   "exactlytwentythreebytes",
                                   "exactlytwenty-fourbytes!",
                                   "longerthantwentyfourbytes",
                                   "twentyfourbytesinawordxx"};
enum { BITS = sizeof bits / sizeof *bits, TEXTS = 60, TEXT_BITS = 120 };

static void add(void *context, struct slice word, uint64_t count) {
    map_put(context, word, NULL)->value += count;
}

static void count_whole(const struct normalizer_options *options, struct slice text,
                        struct map *counts) {
    struct normalizer normalizer;
    struct slice rest, word;
    normalizer_init(&normalizer, options);
    normalizer_run(&normalizer, text);
    rest = str_slice(&normalizer.text);
    while (pretokenize_next(&rest, &word))
        add(counts, word, 1);
    normalizer_fini(&normalizer);
}

/* How many words of a are not in b as often. */
static int count_wrong(const struct map *a, const struct map *b) {
    int wrong = a->count != b->count;
    for (size_t i = 0; i < a->capacity; i++) {
        const struct map_entry *e = &a->entries[i], *f;
        if (e->key == NULL)
            continue;
        f = map_find(b, (struct slice){e->key, e->key_size});
        wrong += f == NULL || f->value != e->value;
    }
    return wrong;
}

static void make_text(struct rng *rng, struct str *text) {
    str_clear(text);
    for (int i = 0; i < TEXT_BITS; i++) {
        const char *bit = bits[rng_below(rng, BITS)];
        str_append(text, bit, strlen(bit));
        if (rng_below(rng, 50) == 0)
            str_append_char(text, '\0');
    }
}

static void test_options(int flags) {
    const struct normalizer_options options = {flags & 1, flags & 2, flags & 4,
                                               flags & 8, false};
    struct map want = {0}, got = {0};
    struct str text = {0};
    struct rng rng;
    rng_init(&rng, (uint64_t)flags, RNG_TEST, 0, 0);
    struct rawwords *raw = rawwords_create(&options, 0, add, &got);
    for (int i = 0; i < TEXTS; i++) {
        make_text(&rng, &text);
        count_whole(&options, str_slice(&text), &want);
        rawwords_count(raw, str_slice(&text));
    }
    rawwords_flush(raw);
    is_int(count_wrong(&want, &got), 0, "options %d: %zu words", flags, want.count);
    rawwords_flush(raw);
    is_int(count_wrong(&want, &got), 0, "options %d: nothing is told twice", flags);
    rawwords_destroy(raw);
    map_fini(&want);
    map_fini(&got);
    str_fini(&text);
}

static void test_small(void) {
    const struct normalizer_options uncased = {true, true, true, true, false};
    struct map counts = {0};
    struct rawwords *raw = rawwords_create(&uncased, 1 << 16, add, &counts);
    rawwords_count(raw, (struct slice){NULL, 0});
    rawwords_count(raw, slice_of(" "));
    rawwords_flush(raw);
    is_int((int64_t)counts.count, 0, "no words");
    rawwords_count(raw, slice_of("The cat, the CAT. Th\u00E9 \xFF"));
    rawwords_count(raw, slice_of("the"));
    rawwords_flush(raw);
    is_int((int64_t)counts.count, 4, "the cat , .");
    const struct map_entry *the = map_find(&counts, slice_of("the"));
    is_int(the ? (int64_t)the->value : -1, 4, "the: 4");
    const struct map_entry *comma = map_find(&counts, slice_of(","));
    is_int(comma ? (int64_t)comma->value : -1, 1, "punctuation by itself");
    rawwords_destroy(raw);
    rawwords_destroy(NULL);
    map_fini(&counts);
}

int main(void) {
    for (int flags = 0; flags < 16; flags++)
        test_options(flags);
    test_small();
    return tap_done();
}
