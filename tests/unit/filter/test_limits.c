/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: each preset has the limits that its sources publish, written down here a
 * second time; what the user sets goes before, and `off` takes a rule away. */
#include "src/filter/limits.h"

#include <string.h>

#include "tests/tap.h"

#define OFF RULE_OFF
#define ON RULE_ON

/* The rules that are not off in every preset. */
static const struct {
    enum rule rule;
    double wiki, web, books;
} presets[] = {
    {RULE_citation_marks, ON, ON, OFF},
    {RULE_placeholders, ON, OFF, OFF},
    {RULE_empty_brackets, ON, OFF, OFF},
    {RULE_illustrations, OFF, OFF, ON},
    {RULE_producer_lines, OFF, OFF, ON},
    {RULE_javascript_lines, OFF, ON, OFF},
    {RULE_policy_lines, OFF, ON, OFF},
    {RULE_max_word_chars, OFF, 1000, OFF},
    {RULE_min_line_words, OFF, 3, OFF},
    {RULE_min_words, 20, 50, 50},
    {RULE_max_words, 10000, 100000, OFF},
    {RULE_min_plain_words, 30, OFF, OFF},
    {RULE_min_sentences, 3, 5, OFF},
    {RULE_max_sentences, 1000, OFF, OFF},
    {RULE_min_sentence_words, 4, OFF, OFF},
    {RULE_max_wordless_sentences, .2, OFF, OFF},
    {RULE_max_punctuation, .075, OFF, OFF},
    {RULE_max_upper, .1, OFF, OFF},
    {RULE_max_digits, .075, OFF, OFF},
    {RULE_min_word_chars, OFF, 3, 3},
    {RULE_max_mean_word_chars, OFF, 10, 10},
    {RULE_min_lettered_words, OFF, .8, .8},
    {RULE_max_hashes, OFF, .1, .1},
    {RULE_max_ellipses, OFF, .1, .1},
    {RULE_max_bullet_lines, OFF, .9, .9},
    {RULE_max_ellipsis_lines, OFF, .3, .3},
    {RULE_min_stop_words, OFF, 2, 2},
    {RULE_min_ended_lines, OFF, .12, OFF},
    {RULE_max_short_lines, OFF, .67, OFF},
    {RULE_max_newlines, OFF, .3, OFF},
    {RULE_lorem_ipsum, OFF, ON, OFF},
    {RULE_curly_brackets, OFF, ON, OFF},
    {RULE_max_repeated_lines, OFF, .3, .3},
    {RULE_max_repeated_line_chars, OFF, .01, .2},
    {RULE_max_repeated_paragraphs, OFF, .3, .3},
    {RULE_max_repeated_paragraph_chars, OFF, .2, .2},
    {RULE_max_top_2_gram, OFF, .2, .2},
    {RULE_max_top_3_gram, OFF, .18, .18},
    {RULE_max_top_4_gram, OFF, .16, .16},
    {RULE_max_repeated_5_grams, OFF, .15, .15},
    {RULE_max_repeated_6_grams, OFF, .14, .14},
    {RULE_max_repeated_7_grams, OFF, .13, .13},
    {RULE_max_repeated_8_grams, OFF, .12, .12},
    {RULE_max_repeated_9_grams, OFF, .11, .11},
    {RULE_max_repeated_10_grams, OFF, .1, .1},
};

static double expected(enum rule rule, int preset) {
    for (size_t i = 0; i < sizeof presets / sizeof *presets; i++)
        if (presets[i].rule == rule)
            return preset == 1   ? presets[i].wiki
                   : preset == 2 ? presets[i].web
                                 : presets[i].books;
    return OFF;
}

static void test_presets(void) {
    static const char *const names[] = {"none", "wiki", "web", "books"};
    for (int p = 0; p < 4; p++) {
        struct config config;
        struct limits limits;
        struct err err;
        int wrong = 0;
        config_init(&config);
        is_int(limits_init(&limits, &config, names[p], &err), 0, "preset %s", names[p]);
        for (enum rule r = 0; r < RULE_COUNT; r++)
            if (limits.at[r] != (p == 0 ? OFF : expected(r, p)) && wrong++ == 0)
                diag("%s is %g", rule_table[r].name, limits.at[r]);
        is_int(wrong, 0, "  has its limits");
        config_fini(&config);
    }
}

static const struct {
    const char *key, *value;
    enum rule rule;
    double limit;
} settings[] = {
    {"filter.min_words", "7", RULE_min_words, 7},
    {"filter.min_words", "off", RULE_min_words, OFF},
    {"filter.min_words", "0", RULE_min_words, OFF},
    {"filter.min_words", "null", RULE_min_words, 50},
    {"filter.max_newlines", "0", RULE_max_newlines, 0},
    {"filter.max_newlines", "off", RULE_max_newlines, OFF},
    {"filter.curly_brackets", "false", RULE_curly_brackets, OFF},
    {"filter.unended_lines", "true", RULE_unended_lines, ON},
    {"filter.max_foreign", "0.5", RULE_max_foreign, OFF}, /* of what alphabet? */
    {"filter.alphabet", "a-z", RULE_max_foreign, .02},
    {"filter.languages", "en", RULE_languages, ON},
};

static void test_settings(void) {
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        struct config config;
        struct limits limits;
        struct err err;
        config_init(&config);
        is_int(config_set(&config, settings[i].key, settings[i].value, "here", &err), 0,
               "%s: %s", settings[i].key, settings[i].value);
        limits_init(&limits, &config, "web", &err);
        ok(limits.at[settings[i].rule] == settings[i].limit, "  is %g",
           limits.at[settings[i].rule]);
        config_fini(&config);
    }
}

static void test_describe(void) {
    struct config config;
    struct limits limits;
    struct err err;
    struct str text = {0};
    config_init(&config);
    config_set(&config, "filter.max_digits", "0.25", "here", &err);
    config_set(&config, "filter.lorem_ipsum", "true", "here", &err);
    limits_init(&limits, &config, "none", &err);
    limits_describe(&limits, &text);
    is_str(text.data, "max_digits 0.25\nlorem_ipsum 1\n", "what is on is described");
    str_fini(&text);
    config_fini(&config);
}

int main(void) {
    test_presets();
    test_settings();
    test_describe();
    return tap_done();
}
