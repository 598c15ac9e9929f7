/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: the shares are those that a plain walk over the text gives, which compares
 * words and lines as they are and looks at every one; also for texts that are nothing
 * but repetition, and whatever was looked at before. */
#include "src/filter/repeats.h"

#include <math.h>
#include <string.h>

#include "src/base/rng.h"
#include "tests/tap.h"

enum { MOST_WORDS = 200 };

static bool same_gram(const struct slice *words, size_t a, size_t b, int n) {
    for (int i = 0; i < n; i++)
        if (!slice_equal(words[a + (size_t)i], words[b + (size_t)i]))
            return false;
    return true;
}

static size_t gram_bytes(const struct slice *words, size_t at, int n) {
    size_t bytes = (size_t)n - 1;
    for (int i = 0; i < n; i++)
        bytes += words[at + (size_t)i].size;
    return bytes;
}

/* The commonest n-gram, the longest of several. */
static size_t plain_top(const struct slice *words, size_t count, int n) {
    size_t most = 1, longest = 0;
    for (size_t a = 0; a + (size_t)n <= count; a++) {
        size_t times = 0, bytes = gram_bytes(words, a, n);
        for (size_t b = 0; b + (size_t)n <= count; b++)
            times += same_gram(words, a, b, n);
        if (times > most || (times == most && times > 1 && bytes > longest)) {
            most = times;
            longest = bytes;
        }
    }
    return most > 1 ? most * longest : 0;
}

/* From one n-gram to the next: after it if it was passed before, else a word on. */
static size_t plain_repeated(const struct slice *words, size_t count, int n) {
    size_t passed[MOST_WORDS], passes = 0, bytes = 0;
    for (size_t at = 0; at + (size_t)n <= count;) {
        bool again = false;
        for (size_t i = 0; i < passes; i++)
            again |= same_gram(words, passed[i], at, n);
        if (again) {
            bytes += gram_bytes(words, at, n);
            at += (size_t)n;
        } else {
            passed[passes++] = at++;
        }
    }
    return bytes;
}

/* Words of a small stock, so that they repeat. */
static void make_words(struct slice *words, size_t count, uint32_t stock,
                       uint64_t seed) {
    static const char letters[] = "abbcccddddeeeeeffffffggggggg";
    struct rng rng;
    rng_init(&rng, seed, RNG_TEST, 0, 0);
    for (size_t i = 0, at; i < count; i++) {
        uint32_t size = 1 + rng_below(&rng, stock);
        at = size * (size - 1) / 2;
        words[i] = (struct slice){letters + at, size};
    }
}

static void test_grams(void) {
    struct repeats repeats = {0};
    for (uint64_t round = 0; round < 60; round++) {
        struct slice words[MOST_WORDS];
        double shares[GRAM_MOST + 1];
        size_t count = (size_t)(round * 37 % (MOST_WORDS + 1));
        int wrong = 0;
        make_words(words, count, 1 + (uint32_t)(round % 7), round);
        repeats_grams(&repeats, words, count, 1000, shares);
        for (int n = GRAM_LEAST; n <= GRAM_MOST; n++) {
            size_t bytes = n <= GRAM_TOP ? plain_top(words, count, n)
                                         : plain_repeated(words, count, n);
            wrong += fabs(shares[n] * 1000 - (double)bytes) > 1e-6;
        }
        is_int(wrong, 0, "%zu words of %d kinds", count, 1 + (int)(round % 7));
    }
    repeats_fini(&repeats);
}

static const struct {
    const char *text;
    double lines, line_bytes, paragraphs, paragraph_bytes;
} texts[] = {
    {"", 0, 0, 0, 0},
    {"\n \n\t\n", 0, 0, 0, 0},
    {"a", 0, 0, 0, 0},
    {"a\na", .5, .5, 0, 0},
    {"a\n a \r\nb\n\n", 1. / 3, 1. / 3, 0, 0},
    {"aa\n\nb\nc\n\nb\nc\n", 2. / 5, 2. / 6, 1. / 3, 3. / 8},
    {"a\n\na\n \na", 2. / 3, 2. / 3, 2. / 3, 2. / 3},
};

static void test_lines(void) {
    struct repeats repeats = {0};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct repeat_share lines = repeats_lines(&repeats, slice_of(texts[i].text)),
                            parts =
                                repeats_paragraphs(&repeats, slice_of(texts[i].text));
        ok(lines.count == texts[i].lines && lines.bytes == texts[i].line_bytes,
           "text %zu: lines %g, %g", i, lines.count, lines.bytes);
        ok(parts.count == texts[i].paragraphs &&
               parts.bytes == texts[i].paragraph_bytes,
           "  paragraphs %g, %g", parts.count, parts.bytes);
    }
    repeats_fini(&repeats);
}

int main(void) {
    test_grams();
    test_lines();
    return tap_done();
}
