/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: small counts whose vocabulary can be worked out by hand, Hugging Face's among
 * them; the order in which words came must not matter; and the fast learner must agree
 * with a plain one that counts all pairs and symbols anew before each merge, by count
 * and by likelihood. */
#include "src/text/learn.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/map.h"
#include "src/base/rng.h"
#include "tests/tap.h"

/* size, min_count, letters and what else differs from zero */
#define LEARN(n, least, ...)                                                           \
    { .size = n, .min_count = least, .letters = __VA_ARGS__ }
#define SPECIAL "[PAD] [UNK] [CLS] [SEP] [MASK]"

static const struct {
    const char *words; /* "word count word count …" */
    struct learn_options options;
    const char *want;
} rows[] = {
    {"", LEARN(100, 2, 1000), SPECIAL},
    {"ab 1", LEARN(5, 1, 1000), SPECIAL},
    {"ab 1", LEARN(100, 2, 1000), SPECIAL " a b ##b"},
    {"ab 1", LEARN(100, 1, 1000), SPECIAL " a b ##b ab"},
    /* letters before merges: a line of those that only begin words, two of the others
     */
    {"ab 1", LEARN(7, 1, 1000), SPECIAL " a"},
    {"ab 1", LEARN(8, 1, 1000), SPECIAL " a b ##b"},
    {"abc 3", LEARN(10, 2, 1000), SPECIAL " a b c ##b ##c"},
    {"\u4e2d 5 \u570b 4 \u6587 3 \u5b57 2", LEARN(8, 1, 1000),
     SPECIAL " \u4e2d \u570b \u6587"},
    {"\u4e2d 5 \u570b 4 a 1", LEARN(100, 1, 2), SPECIAL " \u4e2d \u570b"},
    /* more letters until they cover what is asked for */
    {"a 990 b 9 c 1", LEARN(100, 2, 1), SPECIAL " a"},
    {"a 990 b 9 c 1", LEARN(100, 2, 1, .coverage = 0.9), SPECIAL " a"},
    {"a 990 b 9 c 1", LEARN(100, 2, 1, .coverage = 0.999), SPECIAL " a b"},
    {"a 990 b 9 c 1", LEARN(100, 2, 1, .coverage = 0.9991), SPECIAL " a b c"},
    {"a 990 b 9 c 1", LEARN(100, 2, 2, .coverage = 0.9), SPECIAL " a b"},
    {"a 990 b 9 c 1", LEARN(6, 2, 1, .coverage = 1), SPECIAL " a"},
    /* (a ##b) 3, (b ##a) 3: left bytes decide; then (##a ##b): right bytes have no say
     */
    {"ab 3 ba 3", LEARN(100, 2, 1000), SPECIAL " a b ##a ##b ab ba"},
    /* as the vocabulary spells them: "##b" is before "a" */
    {"abc 3", LEARN(100, 2, 1000), SPECIAL " a b c ##b ##c ##bc abc"},
    /* equal left: right bytes decide */
    {"ac 3 ab 3", LEARN(100, 2, 1000), SPECIAL " a b c ##b ##c ab ac"},
    /* overlapping pairs all count, runs are merged from the left */
    {"aaaa 2", LEARN(100, 2, 1000), SPECIAL " a ##a ##aa ##aaa aaaa"},
    /* x is outside of the alphabet: a and b are no neighbours */
    {"axb 5 ab 2 aab 4", LEARN(100, 3, 2), SPECIAL " a b ##a ##b ##ab aab"},
    /* counts over 32 bits */
    {"ab 5000000000 ac 4999999999", LEARN(11, 2, 1000), SPECIAL " a b c ##b ##c ab"},
    {"roses 1 are 2 red 1 voilets 1 blue 1 BERT 1 is 2 big 1 and 1 so 1 GPT-2 1",
     LEARN(1000, 2, 1000),
     SPECIAL
     " - 2 B E G P R T a b d e g i l n o r s t u v ##- ##2 ##E ##P ##R ##T ##d ##e ##g"
     " ##i ##l ##n ##o ##r ##s ##t ##u ##re are is"},
    /* reserved: after [PAD], and they count */
    {"ab 3", LEARN(11, 2, 1000, .unused = 2),
     "[PAD] [unused0] [unused1] [UNK] [CLS] [SEP] [MASK] a b ##b ab"},
    {"ab 3", LEARN(10, 2, 1000, .unused = 2),
     "[PAD] [unused0] [unused1] [UNK] [CLS] [SEP] [MASK] a b ##b"},
    /* rounded up by more of them, numbered on; a multiple stays as it is */
    {"ab 3", LEARN(11, 2, 1000, .unused = 1, .multiple = 4),
     "[PAD] [unused0] [UNK] [CLS] [SEP] [MASK] a b ##b ab [unused1] [unused2]"},
    {"ab 3", LEARN(9, 2, 1000, .multiple = 9), SPECIAL " a b ##b ab"},
    {"ab 3", LEARN(9, 2, 1000, .multiple = 10), SPECIAL " a b ##b ab [unused0]"},
    /* xy is rarer than ab, but x is never without y: 4 / (4 · 4) over 6 / (8 · 8); and
     * aa (2 / 16) makes a rarer, which lifts ab to 6 / (6 · 8), over cb by its bytes */
    {"ab 6 aa 2 cb 2 xy 4", LEARN(16, 2, 1000),
     SPECIAL " a b c x y ##a ##b ##y ab xy aa"},
    {"ab 6 aa 2 cb 2 xy 4", LEARN(16, 2, 1000, .likelihood = true),
     SPECIAL " a b c x y ##a ##b ##y xy aa ab"},
    {"ab 6 aa 2 cb 2 xy 4", LEARN(16, 3, 1000, .likelihood = true),
     SPECIAL " a b c x y ##a ##b ##y xy ab"},
};

/* The vocabulary of counts. */
static void learn(const struct map *counts, const struct learn_options *options,
                  struct str *out) {
    struct alphabet alphabet;
    alphabet_init(&alphabet);
    for (size_t i = 0; i < counts->capacity; i++) {
        const struct map_entry *e = &counts->entries[i];
        if (e->key)
            alphabet_add(&alphabet, (struct slice){e->key, e->key_size}, e->value);
    }
    struct learner *learner = learner_create(options, &alphabet);
    for (size_t i = 0; i < counts->capacity; i++) {
        const struct map_entry *e = &counts->entries[i];
        if (e->key)
            learner_add(learner, (struct slice){e->key, e->key_size}, e->value);
    }
    learner_run(learner, out);
    learner_destroy(learner);
    alphabet_fini(&alphabet);
}

static void add_words(struct map *counts, const char *words, bool backwards) {
    struct slice all[64];
    uint64_t values[64];
    int n = 0;
    for (const char *p = words; *p; n++) {
        size_t size = strcspn(p, " ");
        all[n] = (struct slice){p, size};
        char *next;
        values[n] = strtoull(p + size, &next, 10);
        p = next + (*next == ' ');
    }
    for (int i = 0; i < n; i++) {
        int k = backwards ? n - 1 - i : i;
        map_put(counts, all[k], NULL)->value = values[k];
    }
}

static void join_lines(struct str *s) {
    for (size_t i = 0; i < s->size; i++)
        if (s->data[i] == '\n')
            s->data[i] = i + 1 < s->size ? ' ' : '\0';
}

static void test_rows(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int backwards = 0; backwards < 2; backwards++) {
            struct map counts = {0};
            struct str got = {0};
            add_words(&counts, rows[i].words, backwards);
            learn(&counts, &rows[i].options, &got);
            join_lines(&got);
            is_str(got.data, rows[i].want, "row %zu%s", i,
                   backwards ? " backwards" : "");
            map_fini(&counts);
            str_fini(&got);
        }
}

static void test_long_words(void) {
    struct map counts = {0};
    struct str word = {0}, got = {0};
    for (int i = 0; i < 101; i++)
        str_append_char(&word, i < 100 ? 'x' : 'y');
    map_put(&counts, str_slice(&word), NULL)->value = 9;
    map_put(&counts, (struct slice){word.data, 100}, NULL)->value = 1;
    struct learn_options options = LEARN(100, 2, 1000);
    learn(&counts, &options, &got);
    ok(strchr(got.data, 'y') == NULL, "a word of 101 characters is left out");
    ok(strstr(got.data, "\n##xx\n") != NULL, "one of 100 is not");
    map_fini(&counts);
    str_fini(&word);
    str_fini(&got);
}

/* --- a plain learner over words of the letters a to d
 * ----------------------------------- */

enum { WORDS = 60, LETTERS = 12, NAME = 16 };

struct plain_word {
    char symbols[LETTERS][NAME];
    int length;
    uint64_t count;
};

static uint64_t plain_count(const struct plain_word *words, const char *a,
                            const char *b) {
    uint64_t count = 0;
    for (int i = 0; i < WORDS; i++)
        for (int k = 0; k + 1 < words[i].length; k++)
            if (!strcmp(words[i].symbols[k], a) && !strcmp(words[i].symbols[k + 1], b))
                count += words[i].count;
    return count;
}

static uint64_t plain_symbol_count(const struct plain_word *words, const char *a) {
    uint64_t count = 0;
    for (int i = 0; i < WORDS; i++)
        for (int k = 0; k < words[i].length; k++)
            count += !strcmp(words[i].symbols[k], a) ? words[i].count : 0;
    return count;
}

/* What a pair's count is divided by; all is small enough for 64 bits here. */
static uint64_t plain_weight(const struct plain_word *words, const char *a,
                             const char *b, bool likelihood) {
    if (!likelihood)
        return 1;
    return plain_symbol_count(words, a) * plain_symbol_count(words, b);
}

/* The best pair by brute force; false if none has min_count. */
static bool plain_best(const struct plain_word *words, uint64_t min_count,
                       bool likelihood, const char **left, const char **right) {
    uint64_t best = 0, best_weight = 1;
    for (int i = 0; i < WORDS; i++)
        for (int k = 0; k + 1 < words[i].length; k++) {
            const char *a = words[i].symbols[k], *b = words[i].symbols[k + 1];
            uint64_t count = plain_count(words, a, b);
            if (count < min_count)
                continue;
            uint64_t weight = plain_weight(words, a, b, likelihood);
            uint64_t x = count * best_weight, y = best * weight;
            int order = best ? strcmp(a, *left) : -1;
            order = order ? order : strcmp(b, *right);
            if (x > y || (x == y && order < 0))
                best = count, best_weight = weight, *left = a, *right = b;
        }
    return best > 0;
}

static void plain_merge(struct plain_word *word, const char *left, const char *right,
                        const char *merged) {
    int n = 0;
    for (int k = 0; k < word->length; k++, n++) {
        bool here = k + 1 < word->length && !strcmp(word->symbols[k], left) &&
                    !strcmp(word->symbols[k + 1], right);
        memmove(word->symbols[n], here ? merged : word->symbols[k], NAME);
        k += here;
    }
    word->length = n;
}

/* Appends the merges' names, each once. */
static void plain_learn(struct plain_word *words, uint64_t min_count, bool likelihood,
                        struct str *out) {
    const char *left = NULL, *right = NULL;
    while (plain_best(words, min_count, likelihood, &left, &right)) {
        char a[NAME] = {0}, b[NAME] = {0}, merged[2 * NAME] = {0}, line[2 * NAME + 2];
        strcpy(a, left);
        strcpy(b, right);
        strcat(strcpy(merged, a), b + 2);
        for (int i = 0; i < WORDS; i++)
            plain_merge(&words[i], a, b, merged);
        strcat(strcat(strcpy(line, "\n"), merged), "\n");
        if (strstr(out->data, line) == NULL)
            str_append(out, line + 1, strlen(line) - 1);
    }
}

static void random_words(struct plain_word *words, struct map *counts, uint64_t seed) {
    struct rng rng;
    rng_init(&rng, seed, RNG_TEST, 0, 0);
    for (int i = 0; i < WORDS; i++) {
        char word[LETTERS];
        int n = 1 + (int)rng_below(&rng, LETTERS - 1);
        words[i] = (struct plain_word){.length = n, .count = 1 + rng_below(&rng, 5)};
        for (int k = 0; k < n; k++) {
            word[k] = (char)('a' + rng_below(&rng, 2 + seed % 3));
            char *symbol = words[i].symbols[k];
            strcpy(symbol, k ? "##" : "");
            symbol[strlen(symbol)] = word[k]; /* zeros after it */
        }
        map_put(counts, (struct slice){word, (size_t)n}, NULL)->value += words[i].count;
    }
}

static void test_against_plain(bool likelihood) {
    for (uint64_t seed = 0; seed < 12; seed++) {
        static struct plain_word words[WORDS];
        struct map counts = {0};
        struct str got = {0}, want = {0};
        random_words(words, &counts, seed);
        uint64_t least = likelihood ? 1 + seed % 4 : 3;
        struct learn_options none = LEARN(100000, UINT64_MAX, 1000);
        struct learn_options all = LEARN(100000, least, 1000, .likelihood = likelihood);
        learn(&counts, &none, &want); /* the alphabet */
        plain_learn(words, least, likelihood, &want);
        learn(&counts, &all, &got);
        is_str(got.data, want.data, "as the plain learner by %s, seed %d",
               likelihood ? "likelihood" : "count", (int)seed);
        map_fini(&counts);
        str_fini(&got);
        str_fini(&want);
    }
}

int main(void) {
    test_rows();
    test_long_words();
    test_against_plain(false);
    test_against_plain(true);
    return tap_done();
}
