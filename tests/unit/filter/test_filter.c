/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: with one rule on, a text just within its limit is kept and one just beyond it
 * is dropped by that rule and no other; lines and places go and leave the rest as it
 * was; every byte and document judged is in the ledger, kept or by its rule. */
#include "src/filter/filter.h"

#include <string.h>

#include "tests/tap.h"

/* One rule at a time: the limit, a text it keeps, a text it drops. */
static const struct {
    enum rule rule;
    const char *limit, *kept, *dropped;
} documents[] = {
    {RULE_min_chars, "5", "abc d", "abcd"},
    {RULE_min_words, "3", "a b - 3", "a b - ."},
    {RULE_max_words, "3", "a b - 3", "a b c 3"},
    {RULE_min_plain_words, "2", "The cat", "The CAT a1 x"},
    {RULE_min_sentences, "3", "One is. Two is.\nThree", "One is. Two is"},
    {RULE_max_sentences, "2", "One is. Two is", "One is. Two is.\nThree"},
    {RULE_min_long_lines, "off", "short", NULL},
    {RULE_min_sentence_words, "4", "It was so here. It was so there.",
     "It was so here. It was so."},
    {RULE_max_wordless_sentences, "0.5", "It is. 17 9.", "It is. 17. 9."},
    {RULE_max_punctuation, "0.2", "abcd.", "abc."},
    {RULE_max_upper, "0.2", "Abcde", "Abcd E"},
    {RULE_max_digits, "0.2", "abcd1", "abc1"},
    {RULE_min_word_chars, "3", "the cats ox", "the cat ox"},
    {RULE_max_mean_word_chars, "3", "the cat ox", "the cats"},
    {RULE_min_lettered_words, "0.75", "a b c 1", "a b 1"},
    {RULE_max_hashes, "0.5", "#a b", "#a #b"},
    {RULE_max_ellipses, "0.5", "a... b", "a... b\xe2\x80\xa6"},
    {RULE_max_bullet_lines, "0.5", "- a\nb", "- a\n\xe2\x80\xa2 b\nc"},
    {RULE_max_ellipsis_lines, "0.5", "a...\nb", "a...\nb\xe2\x80\xa6\nc"},
    {RULE_min_stop_words, "2", "The end of", "The the end"},
    {RULE_min_ended_lines, "0.5", "a.\nb", "a.\nb\nc"},
    {RULE_max_short_lines, "0.5", "a\nthis line has one letter more .\n",
     "a\nthis line has one letter less.\n"},
    {RULE_max_newlines, "0.5", "a b\nc d", "a b\nc"},
    {RULE_lorem_ipsum, "true", "lorem dolor", "Lorem Ipsum dolor"},
    {RULE_curly_brackets, "true", "a (b)", "a {b"},
    {RULE_max_repeated_lines, "0.25", "a\nb\na\nc", "a\nb\na"},
    {RULE_max_repeated_line_chars, "0.2", "aaa\nb\nb", "aa\nb\nb"},
    {RULE_max_repeated_paragraphs, "0.25", "a\nb\n\na\nb\n\na\n\nb", "a\n\na\n\nb"},
    {RULE_max_repeated_paragraph_chars, "0.2", "aaa\n\nb\n\nb", "aa\n\nb\n\nb"},
    {RULE_max_top_2_gram, "0.6", "a b a b cc", "a b a b c"},
    {RULE_max_top_3_gram, "0.6", "a b c a b c ddddd", "a b c a b c ddd"},
    {RULE_max_top_4_gram, "0.6", "a b c d a b c d efghijkl", "a b c d a b c d e"},
    {RULE_max_repeated_5_grams, "0.4", "a b c d e a b c d e fffff",
     "a b c d e a b c d e f"},
    {RULE_max_repeated_6_grams, "0.4", "a b c d e a b c d e g",
     "a b c d e f a b c d e f"},
    {RULE_max_repeated_7_grams, "0.4", "a b c d e f a b c d e f",
     "a b c d e f g a b c d e f g"},
    {RULE_max_repeated_8_grams, "0.4", "a b c d e f g a b c d e f g",
     "a b c d e f g h a b c d e f g h"},
    {RULE_max_repeated_9_grams, "0.4", "a b c d e f g h a b c d e f g h",
     "a b c d e f g h i a b c d e f g h i"},
    {RULE_max_repeated_10_grams, "0.4", "a b c d e f g h i a b c d e f g h i",
     "a b c d e f g h i j a b c d e f g h i j"},
};

/* A line or place rule: the text, and what is left of it. */
static const struct {
    enum rule rule;
    const char *limit, *text, *left;
    int dropped; /* lines or places */
} lines[] = {
    {RULE_citation_marks, "true", "a[1][23] [edit]b[citation needed] []\n[x] [1x]",
     "a b \n[x] [1x]", 5},
    {RULE_placeholders, "true", "if formula_12=codice_1, formula_ formula",
     "if =, formula_ formula", 2},
    {RULE_empty_brackets, "true", "Geiger () was ( , ; ) born (a) (",
     "Geiger was born (a) (", 2},
    {RULE_illustrations, "true",
     "x [Illustration: a [b] c]y[Pg 12]z [Page x]\n[Illustration",
     "x yz [Page x]\n[Illustration", 2},
    {RULE_producer_lines, "true",
     "Produced by A. B.\n\n[Transcriber's Note: c]\nProduced\n", "\nProduced\n", 2},
    {RULE_javascript_lines, "true", "a\nturn on JavaScript now\nb", "a\nb", 1},
    {RULE_policy_lines, "true",
     "we use cookies\nour Privacy Policy\nthe cookie jar\nTerms of use",
     "the cookie jar\n", 3},
    {RULE_max_word_chars, "4", "abcd \xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\nabcde\n",
     "abcd \xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\n", 1},
    {RULE_min_line_words, "3", "a b c\n\na b .\n----\nc d e", "a b c\n\nc d e", 2},
    {RULE_unended_lines, "true", "a.\nb\nc...\nd!\" \ne\xe2\x80\x9d",
     "a.\nd!\" \ne\xe2\x80\x9d", 2},
};

static struct filter *create(const char *key, const char *value, const char *preset) {
    struct config config;
    struct err err = {0};
    config_init(&config);
    if (key && config_set(&config, key, value, "here", &err))
        diag("%s", err.text);
    struct filter *filter = filter_create(&config, preset, &err);
    if (filter == NULL)
        diag("%s", err.text);
    config_fini(&config);
    return filter;
}

static struct filter *create_rule(enum rule rule, const char *limit) {
    char key[64] = "filter.";
    strcat(key, rule_table[rule].name);
    return create(key, limit, "none");
}

static struct doc doc_of(const char *text) {
    return (struct doc){.text = slice_of(text), .shard = "a.tar", .member = ""};
}

static bool adds_up(const struct tally *tally) {
    uint64_t bytes = tally->filter_kept_bytes;
    for (int r = 0; r < RULE_COUNT; r++)
        bytes += tally->rules[r].bytes;
    return bytes == tally->filter_bytes;
}

static const char *name_of(enum rule rule) {
    return rule == RULE_NONE ? "kept" : rule_table[rule].name;
}

/* The verdict on a text, its counters looked at. */
static enum rule judge(struct filter *filter, const char *text) {
    struct tally tally = {0};
    struct slice kept;
    struct doc doc = doc_of(text);
    enum rule rule = filter_run(filter, &doc, &kept, &tally);
    if (!adds_up(&tally) ||
        (rule != RULE_NONE && tally.rules[rule].bytes != strlen(text)))
        ok(false, "every byte of '%s' is counted", text);
    return rule;
}

static void test_documents(void) {
    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
        enum rule rule = documents[i].rule;
        struct filter *filter = create_rule(rule, documents[i].limit);
        is_str(name_of(judge(filter, documents[i].kept)), "kept", "%s %s keeps '%s'",
               name_of(rule), documents[i].limit, documents[i].kept);
        if (documents[i].dropped)
            is_str(name_of(judge(filter, documents[i].dropped)), name_of(rule),
                   "  drops '%s'", documents[i].dropped);
        filter_destroy(filter);
    }
}

static void test_long_lines(void) {
    char text[402];
    memset(text, 'a', sizeof text);
    text[200] = '\n';
    text[401] = '\0';
    struct filter *filter = create_rule(RULE_min_long_lines, "2");
    is_str(name_of(judge(filter, text)), "kept", "two lines of 200 are long");
    text[400] = '\0';
    is_str(name_of(judge(filter, text)), "min_long_lines", "one of 199 is not");
    filter_destroy(filter);
}

static void test_lines(void) {
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct filter *filter = create_rule(lines[i].rule, lines[i].limit);
        struct tally tally = {0};
        struct slice kept;
        struct doc doc = doc_of(lines[i].text);
        size_t cuts;
        char text[200];
        is_int(filter_run(filter, &doc, &kept, &tally), RULE_NONE, "%s keeps the rest",
               name_of(lines[i].rule));
        memcpy(text, kept.data, kept.size);
        text[kept.size] = '\0';
        is_str(text, lines[i].left, "  which is this");
        is_int((int64_t)tally.rules[lines[i].rule].dropped, lines[i].dropped,
               "  counts");
        ok(adds_up(&tally), "  every byte");
        filter_cuts(filter, &cuts);
        is_int((int64_t)cuts, lines[i].dropped, "  and shows what it cut");
        filter_destroy(filter);
    }
}

static void test_cuts(void) {
    struct filter *filter = create(NULL, NULL, "web");
    struct doc doc = doc_of("A line [1] of four words.\nOne.\n");
    struct tally tally = {0};
    struct slice kept;
    size_t count;
    is_str(name_of(filter_run(filter, &doc, &kept, &tally)), "min_words",
           "the web preset drops a short document");
    const struct filter_cut *cuts = filter_cuts(filter, &count);
    is_int((int64_t)count, 2, "after a place and a line");
    ok(cuts[0].rule == RULE_citation_marks &&
           slice_equal(cuts[0].text, slice_of("[1]")),
       "the place");
    ok(cuts[1].rule == RULE_min_line_words &&
           slice_equal(cuts[1].text, slice_of("One.")),
       "the line");
    is_int((int64_t)tally.rules[RULE_min_words].bytes, 23,
           "what was left goes with it");
    ok(adds_up(&tally), "every byte is counted");
    filter_destroy(filter);
}

/* Document rules judge what the line rules have left. */
static void test_what_is_left(void) {
    struct config config;
    struct err err;
    config_init(&config);
    config_set(&config, "filter.min_line_words", "3", "here", &err);
    config_set(&config, "filter.max_words", "3", "here", &err);
    config_set(&config, "filter.max_top_2_gram", "0.5", "here", &err);
    struct filter *filter = filter_create(&config, "none", &err);
    is_str(name_of(judge(filter, "c d\na b\nc d e\na b\n")), "kept",
           "lines that went are not measured");
    is_str(name_of(judge(filter, "c d e f\n")), "max_words", "but the others are");
    filter_destroy(filter);
    config_fini(&config);
}

static void test_inert(void) {
    struct filter *filter = create(NULL, NULL, "none");
    struct tally tally = {0};
    struct slice kept;
    struct str text = {0};
    struct doc doc = doc_of("");
    ok(filter_is_inert(filter), "the preset none does nothing");
    is_int(filter_run(filter, &doc, &kept, &tally), RULE_NONE, "keeps even nothing");
    is_int((int64_t)tally.filter_bytes, 0, "and counts nothing");
    filter_describe(filter, &text);
    is_int((int64_t)text.size, 0, "and changes no data hash");
    filter_destroy(filter);
    filter = create("filter.min_words", "0", NULL);
    ok(filter_is_inert(filter), "a least of 0 drops nothing either");
    filter_destroy(filter);
    filter = create(NULL, NULL, "wiki");
    ok(!filter_is_inert(filter), "the preset wiki does something");
    is_str(name_of(judge(filter, "")), "min_words", "and drops what is empty");
    filter_destroy(filter);
}

/* What was judged before leaves no trace, and all of a text may be odd. */
static void test_again(void) {
    static const char *const texts[] = {
        "",
        "\n\n\n",
        "\xff\xfe\xc3",
        "a\r\nb\r\n",
        "\xef\xbb\xbfword",
        ". . . \xe2\x80\xa6",
        "no end",
        "\xe4\xb8\xad\xe6\x96\x87\xe3\x80\x82\xe4\xb8\xad",
    };
    struct filter *used = create(NULL, NULL, "books");
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
            struct filter *fresh = create(NULL, NULL, "books");
            is_int(judge(used, texts[i]), judge(fresh, texts[i]), "text %zu, round %d",
                   i, round);
            filter_destroy(fresh);
        }
    filter_destroy(used);
}

static void test_languages(void) {
    struct filter *filter = create("filter.languages", "eng,de", "none");
    struct tally tally = {0};
    struct slice kept;
    struct doc doc = doc_of("text");
    doc.language = slice_of("en-US");
    is_int(filter_run(filter, &doc, &kept, &tally), RULE_NONE, "a wanted language");
    doc.language = slice_of("fra");
    is_int(filter_run(filter, &doc, &kept, &tally), RULE_languages, "an unwanted one");
    doc.language = slice_of("");
    is_int(filter_run(filter, &doc, &kept, &tally), RULE_NONE, "none is kept");
    is_int((int64_t)tally.rules[RULE_languages].dropped, 1, "one is counted");
    ok(adds_up(&tally), "and all bytes");
    filter_destroy(filter);

    struct config config;
    struct err err;
    config_init(&config);
    config_set(&config, "filter.languages", "en", "here", &err);
    config_set(&config, "filter.language_unknown", "drop", "here", &err);
    filter = filter_create(&config, NULL, &err);
    is_int(filter_run(filter, &doc, &kept, &tally), RULE_languages,
           "or dropped, if told");
    filter_destroy(filter);
    config_fini(&config);
}

static void test_alphabet(void) {
    struct config config;
    struct err err;
    config_init(&config);
    config_set(&config, "filter.max_foreign", "0.25", "here", &err);
    config_set(&config, "filter.alphabet", "a-z\xc3\xa4", "here", &err);
    struct filter *filter = filter_create(&config, "none", &err);
    is_str(name_of(judge(filter, "\xc3\x84\xc3\xa4Z\xc3\xb6")), "kept",
           "one foreign letter in four");
    is_str(name_of(judge(filter, "\xc3\x84Z\xc3\xb6")), "max_foreign", "one in three");
    is_str(name_of(judge(filter, "12\xc3\xb6 .")), "kept", "digits are at home");
    filter_destroy(filter);
    config_fini(&config);
}

static const struct {
    const char *key, *value;
    int code;
    const char *part;
} faults[] = {
    {"filter.drop_list", "/nonexistent/list", 66,
     "filter.drop_list: /nonexistent/list"},
    {"filter.url_blocklist", "/nonexistent/list", 66, "filter.url_blocklist"},
    {"filter.word_blocklist", "/nonexistent/list", 66, "filter.word_blocklist"},
    {"filter.alphabet", "z-a", 78, "filter.alphabet"},
    {"filter.alphabet", "\xff", 78, "filter.alphabet"},
};

static void test_faults(void) {
    struct config config;
    struct err err = {0};
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        config_init(&config);
        config_set(&config, faults[i].key, faults[i].value, "here", &err);
        ok(filter_create(&config, NULL, &err) == NULL, "%s: %s", faults[i].key,
           faults[i].value);
        is_int(err.code, faults[i].code, "  code");
        ok(strstr(err.text, faults[i].part) != NULL, "  says %s", err.text);
        config_fini(&config);
    }
    config_init(&config);
    ok(filter_create(&config, "wonky", &err) == NULL, "an unknown preset");
    is_int(err.code, 78, "  code");
    config_fini(&config);
}

int main(void) {
    test_documents();
    test_long_lines();
    test_lines();
    test_cuts();
    test_what_is_left();
    test_inert();
    test_again();
    test_languages();
    test_alphabet();
    test_faults();
    return tap_done();
}
