/* SPDX-License-Identifier: Apache-2.0 */
/* SQuAD's scores: see squad.h.
 *
 * Articles are a, an, the between word borders as Python's \b has them: punctuation
 * went before, so "the-man" is one word by then, and a letter of any script joins a
 * word.  Python's rule for a sigma at the end of a word is left out. */
#include "src/judge/squad.h"

#include <stdbool.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/utf8.h"
#include "src/text/unicode.h"

/* The one letter whose lower case is two in Python. */
enum { DOTTED_I = 0x130, DOT_ABOVE = 0x307 };

/* Lower case, without ASCII punctuation; ill-formed bytes are dropped. */
static void lower(struct slice text, struct str *out) {
    const char *p = text.data, *end = p + text.size;
    while (p < end) {
        uint32_t scalar;
        char bytes[4];
        int n = utf8_decode(p, end, &scalar);
        p += n > 0 ? n : -n;
        if (n <= 0)
            continue;
        const struct unicode_record *of = unicode_of(scalar);
        if (scalar < 128 && of->flags & UNICODE_PUNCTUATION)
            continue;
        uint32_t low = (uint32_t)((int32_t)scalar + of->lower);
        if (scalar == DOTTED_I)
            low = 'i';
        str_append(out, bytes, (size_t)utf8_encode(low, bytes));
        if (scalar == DOTTED_I)
            str_append(out, bytes, (size_t)utf8_encode(DOT_ABOVE, bytes));
    }
}

static bool is_article(struct slice word) {
    static const char *const articles[] = {"a", "an", "the"};
    for (int i = 0; i < 3; i++)
        if (slice_equal(word, slice_of(articles[i])))
            return true;
    return false;
}

/* Numbers that are no decimal digits (Nl, No): the common ones, as ² ½ Ⅷ. */
static bool is_number(uint32_t scalar) {
    static const uint32_t ranges[][2] = {
        {0xb2, 0xb3},     {0xb9, 0xb9},     {0xbc, 0xbe},     {0x2070, 0x2070},
        {0x2074, 0x2079}, {0x2080, 0x2089}, {0x2150, 0x2189}, {0x2460, 0x249b}};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (scalar >= ranges[i][0] && scalar <= ranges[i][1])
            return true;
    return false;
}

static bool is_word(uint32_t scalar) {
    return unicode_of(scalar)->flags & (UNICODE_LETTER | UNICODE_DIGIT) ||
           is_number(scalar);
}

/* The next run of word characters, of white space, or of one other character. */
static struct slice take_run(struct slice *rest, bool *space) {
    const char *p = rest->data, *end = p + rest->size;
    bool word = false;
    *space = false;
    while (p < end) {
        uint32_t scalar = 0;
        int n = utf8_decode(p, end, &scalar); /* lower() left no ill-formed bytes */
        bool w = is_word(scalar), s = unicode_of(scalar)->flags & UNICODE_SPACE;
        if (p > rest->data && (w != word || s != *space || (!w && !s)))
            break;
        word = w, *space = s;
        p += n > 0 ? n : 1;
    }
    struct slice run = {rest->data, (size_t)(p - rest->data)};
    *rest = (struct slice){p, (size_t)(end - p)};
    return run;
}

void squad_normalize(struct slice text, struct str *out) {
    struct str low = {0};
    size_t begin = out->size;
    bool space, gap = false;
    str_append(out, "", 0); /* a text, though it may be empty */
    lower(text, &low);
    for (struct slice rest = str_slice(&low); rest.size > 0;) {
        struct slice run = take_run(&rest, &space);
        if (space || is_article(run)) { /* an article becomes a blank */
            gap = true;
            continue;
        }
        if (gap && out->size > begin)
            str_append_char(out, ' ');
        str_append(out, run.data, run.size);
        gap = false;
    }
    str_fini(&low);
}

/* ---- scores ---- */

static int count_words(struct slice text) {
    struct slice word;
    int n = 0;
    while (slice_field(&text, ' ', &word))
        n++;
    return n;
}

/* How many words two texts share, each as often as it is in both. */
static int count_common(struct slice a, struct slice b) {
    struct slice word, other;
    int n = count_words(b), common = 0;
    bool *used = mem_alloc((size_t)n + 1, sizeof *used);
    while (slice_field(&a, ' ', &word)) {
        struct slice rest = b;
        for (int i = 0; slice_field(&rest, ' ', &other); i++)
            if (!used[i] && slice_equal(word, other)) {
                used[i] = true;
                common++;
                break;
            }
    }
    mem_free(used);
    return common;
}

static struct squad_score score_one(struct slice answer, struct slice gold,
                                    enum squad_version version) {
    bool same = slice_equal(answer, gold);
    struct squad_score score = {same, 0};
    if (answer.size == 0 || gold.size == 0) {
        score.f1 = same && version == SQUAD_2_0;
        return score;
    }
    int common = count_common(answer, gold);
    score.f1 = 2. * common / (count_words(answer) + count_words(gold));
    return score;
}

static void keep_best(struct squad_score *best, struct squad_score score) {
    if (score.exact > best->exact)
        best->exact = score.exact;
    if (score.f1 > best->f1)
        best->f1 = score.f1;
}

struct squad_score squad_score(struct slice answer, const struct slice *gold, int count,
                               enum squad_version version) {
    struct str normal = {0}, right = {0};
    struct squad_score best = {0, 0};
    int there = 0;
    squad_normalize(answer, &normal);
    for (int i = 0; i < count; i++) {
        str_clear(&right);
        squad_normalize(gold[i], &right);
        if (version == SQUAD_2_0 && right.size == 0)
            continue;
        there++;
        keep_best(&best, score_one(str_slice(&normal), str_slice(&right), version));
    }
    if (there == 0 && version == SQUAD_2_0)
        best = score_one(str_slice(&normal), (struct slice){"", 0}, version);
    str_fini(&normal);
    str_fini(&right);
    return best;
}
