/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: every count is what one counts by hand, in any script, and does not depend on
 * where a long run is cut into sums. */
#include "src/filter/measure.h"

#include <stddef.h>
#include <string.h>

#include "tests/tap.h"

#define COUNT(field) offsetof(struct measure, field), #field

static const struct {
    const char *text;
    size_t place;
    const char *name;
    uint64_t count;
} rows[] = {
    {"", COUNT(items), 0},
    {" \t ", COUNT(lines), 0},
    {" a\xc2\xa0"
     "b\tc ",
     COUNT(items), 3},
    {"a-b c -- 4 .", COUNT(items), 5},
    {"a-b c -- 4 .", COUNT(words), 3},
    {"a-b c -- 4 .", COUNT(lettered_words), 2},
    {"a-b c -- 4 .", COUNT(word_chars), 5},
    {"a-b c -- 4 .", COUNT(chars), 12},
    {"a-b c -- 4 .", COUNT(punctuation), 4},
    {"\xc3\x84rger \xe4\xb8\xad\xe6\x96\x87 \xff", COUNT(chars), 9},
    {"\xc3\x84rger \xe4\xb8\xad\xe6\x96\x87", COUNT(letters), 7},
    {"\xc3\x84rger ABC \xc4\x8d", COUNT(upper), 4},
    {"12 \xd9\xa3\xd9\xa4 x1", COUNT(digits), 5},
    {"The cat's A1 McX I am x2 \xc3\x84rger", COUNT(plain_words), 4},
    {"\xe2\x80\x9cYes!\xe2\x80\x9d He went. (It was.) Good", COUNT(sentences), 4},
    {"Mr. Smith met J. R. Ewing. it was 3.5 m long.", COUNT(sentences), 1},
    {"Really?! Yes... No\xe2\x80\xa6 All.", COUNT(sentences), 4},
    {"One\nTwo.\n\nThree. 4.", COUNT(sentences), 4},
    {"One two. 4. Go on.", COUNT(wordless_sentences), 1},
    {"\xe4\xb8\xad\xe6\x96\x87\xe3\x80\x82\xe4\xb8\xad\xe6\x96\x87\xe3\x80\x82",
     COUNT(sentences), 2},
    {"# ## #a", COUNT(hashes), 4},
    {"a... b.... c...... \xe2\x80\xa6 ..", COUNT(ellipses), 5},
    {"{{ a {", COUNT(curly_brackets), 2},
    {"Lorem ipsum, lorem ipsum", COUNT(lorem_ipsum), 2},
    {"- a\n  * b\n\xe2\x80\xa2 c\nd - e\n", COUNT(bullet_lines), 3},
    {"a.\nb!\xe2\x80\x9d \nc,\nd'\n\xd8\x9f\n", COUNT(ended_lines), 4},
    {"a ...\nb\xe2\x80\xa6\nc..\nd...e\n", COUNT(ellipsis_lines), 2},
    {"a\n\n \nb", COUNT(lines), 2},
};

static void measure(struct measurer *m, struct slice text) {
    struct slice line;
    measurer_clear(m);
    while (slice_line(&text, &line))
        measurer_line(m, line);
}

static uint64_t count_of(const struct measurer *m, size_t place) {
    uint64_t count;
    memcpy(&count, (const char *)&m->sum + place, sizeof count);
    return count;
}

static void test_rows(void) {
    struct measurer m;
    struct err err;
    measurer_init(&m, NULL, NULL, &err);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        measure(&m, slice_of(rows[i].text));
        is_int((int64_t)count_of(&m, rows[i].place), (int64_t)rows[i].count,
               "%s of '%s'", rows[i].name, rows[i].text);
    }
    measurer_fini(&m);
}

/* Runs of all lengths around those at which the packed sums are emptied. */
static void test_runs(void) {
    static char text[1200];
    struct measurer m;
    struct err err;
    int wrong = 0;
    measurer_init(&m, NULL, NULL, &err);
    memset(text, 'A', sizeof text);
    for (size_t n = 1; n < sizeof text; n++) {
        measure(&m, (struct slice){text, n});
        wrong += m.sum.letters != n || m.sum.upper != n || m.sum.chars != n ||
                 m.sum.words != 1 || m.line.longest_word != n;
    }
    is_int(wrong, 0, "runs of 1 to %zu letters are counted", sizeof text - 1);
    measurer_fini(&m);
}

static const struct {
    const char *words;
    int enough;
    const char *text;
    int found;
} stops[] = {
    {"the,of", 2, "The, of and THE", 2},
    {"the,of", 1, "The, of and THE", 1},
    {"the,of", 0, "The, of and THE", 0},
    {"\xc3\xbc"
     "ber, und,,und",
     2,
     "\xc3\x9c"
     "BER Under und-",
     2},
    {"", 2, "the", 0},
};

static void test_stop_words(void) {
    for (size_t i = 0; i < sizeof stops / sizeof *stops; i++) {
        struct measurer m;
        struct err err;
        is_int(measurer_init(&m, NULL, stops[i].words, &err), 0, "'%s'",
               stops[i].words);
        m.enough_stop_words = stops[i].enough;
        measure(&m, slice_of(stops[i].text));
        is_int(__builtin_popcountll(m.sum.stop_words), stops[i].found, "  found");
        measurer_fini(&m);
    }
}

static void test_too_many(void) {
    char words[300] = "";
    struct measurer m;
    struct err err;
    for (int i = 0; i < 65; i++)
        strcat(words, (char[]){(char)('a' + i % 26), (char)('a' + i / 26), ',', '\0'});
    is_int(measurer_init(&m, NULL, words, &err), -1, "65 stop words");
    is_int(err.code, 78, "  are too many");
    measurer_fini(&m);
}

int main(void) {
    test_rows();
    test_runs();
    test_stop_words();
    test_too_many();
    return tap_done();
}
