/* SPDX-License-Identifier: Apache-2.0 */
/* From counts to values to a verdict: see judge.h.  What is dear (words one by one,
 * then repetition) is asked only of documents that all cheaper rules keep. */
#include "src/filter/judge.h"

#include <string.h>

bool judge_wants_items(const struct limits *limits) {
    return limits_has(limits, RULE_word_blocklist) ||
           limits_any(limits, RULE_max_top_2_gram, RULE_max_repeated_10_grams);
}

static double share(uint64_t part, uint64_t whole) {
    return whole > 0 ? (double)part / (double)whole : 0;
}

static void value_counts(const struct measure *m, double v[RULE_COUNT]) {
    v[RULE_min_chars] = (double)m->chars;
    v[RULE_min_words] = v[RULE_max_words] = (double)m->words;
    v[RULE_min_plain_words] = (double)m->plain_words;
    v[RULE_min_sentences] = v[RULE_max_sentences] = (double)m->sentences;
    v[RULE_min_long_lines] = (double)m->long_lines;
    v[RULE_min_stop_words] = __builtin_popcountll(m->stop_words);
    v[RULE_lorem_ipsum] = (double)m->lorem_ipsum;
    v[RULE_curly_brackets] = (double)m->curly_brackets;
}

static void value_shares(const struct measure *m, double v[RULE_COUNT]) {
    v[RULE_min_sentence_words] = share(m->plain_words, m->sentences);
    v[RULE_max_wordless_sentences] = share(m->wordless_sentences, m->sentences);
    v[RULE_max_punctuation] = share(m->punctuation, m->chars);
    v[RULE_max_upper] = share(m->upper, m->chars);
    v[RULE_max_digits] = share(m->digits, m->chars);
    v[RULE_max_foreign] = share(m->foreign, m->chars);
    v[RULE_min_word_chars] = v[RULE_max_mean_word_chars] =
        share(m->word_chars, m->words);
    v[RULE_min_lettered_words] = share(m->lettered_words, m->words);
    v[RULE_max_hashes] = share(m->hashes, m->words);
    v[RULE_max_ellipses] = share(m->ellipses, m->words);
    v[RULE_max_bullet_lines] = share(m->bullet_lines, m->lines);
    v[RULE_max_ellipsis_lines] = share(m->ellipsis_lines, m->lines);
    v[RULE_min_ended_lines] = share(m->ended_lines, m->lines);
    v[RULE_max_short_lines] = share(m->short_lines, m->lines);
    v[RULE_max_newlines] = share(m->lines, m->words);
}

static void value_lines(struct judge *judge, const struct limits *limits,
                        struct slice text, double v[RULE_COUNT]) {
    if (limits_any(limits, RULE_max_repeated_lines, RULE_max_repeated_line_chars)) {
        struct repeat_share lines = repeats_lines(&judge->repeats, text);
        v[RULE_max_repeated_lines] = lines.count;
        v[RULE_max_repeated_line_chars] = lines.bytes;
    }
    if (limits_any(limits, RULE_max_repeated_paragraphs,
                   RULE_max_repeated_paragraph_chars)) {
        struct repeat_share paragraphs = repeats_paragraphs(&judge->repeats, text);
        v[RULE_max_repeated_paragraphs] = paragraphs.count;
        v[RULE_max_repeated_paragraph_chars] = paragraphs.bytes;
    }
}

/* The rows of rules.def from max_top_2_gram on are those of 2 to 10 words in a row. */
static void value_grams(struct judge *judge, const struct measurer *measurer,
                        struct slice text, double v[RULE_COUNT]) {
    double shares[GRAM_MOST + 1];
    repeats_grams(&judge->repeats, measurer->items, measurer->sum.items, text.size,
                  shares);
    memcpy(&v[RULE_max_top_2_gram], &shares[GRAM_LEAST],
           (GRAM_MOST - GRAM_LEAST + 1) * sizeof *shares);
}

_Static_assert(RULE_max_repeated_10_grams - RULE_max_top_2_gram ==
                   GRAM_MOST - GRAM_LEAST,
               "a rule for each number of words in a row");

enum rule judge_run(struct judge *judge, const struct limits *limits,
                    const struct measurer *measurer, struct slice text) {
    double v[RULE_COUNT] = {0};
    value_counts(&measurer->sum, v);
    value_shares(&measurer->sum, v);
    enum rule rule = limits_beyond(limits, v, RULE_min_chars, RULE_curly_brackets);
    if (rule != RULE_NONE)
        return rule;
    if (limits_has(limits, RULE_word_blocklist) &&
        badwords_in(&judge->badwords, measurer->items, measurer->sum.items))
        return RULE_word_blocklist;
    value_lines(judge, limits, text, v);
    rule = limits_beyond(limits, v, RULE_max_repeated_lines,
                         RULE_max_repeated_paragraph_chars);
    if (rule != RULE_NONE ||
        !limits_any(limits, RULE_max_top_2_gram, RULE_max_repeated_10_grams))
        return rule;
    value_grams(judge, measurer, text, v);
    return limits_beyond(limits, v, RULE_max_top_2_gram, RULE_max_repeated_10_grams);
}

void judge_fini(struct judge *judge) {
    badwords_fini(&judge->badwords);
    repeats_fini(&judge->repeats);
}
