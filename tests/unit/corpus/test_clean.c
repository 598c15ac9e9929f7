/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: what is kept is well-formed, not blank, and what the filter of its own source
 * left; every document is counted as exactly one thing. */
#include "src/corpus/clean.h"

#include <string.h>

#include "src/base/die.h"
#include "tests/tap.h"

#define A50 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define WORDS                                                                          \
    "The keeper of the light went up at dusk and lit the lamp that ships look for; "   \
    "below "                                                                           \
    "her a grey sea beat on rocks, gulls came home in pairs, old nets dried along "    \
    "walls "                                                                           \
    "while children with buckets hunted small crabs between pools until their "        \
    "mothers "                                                                         \
    "called them to supper, bread, soup, then bed."

static const struct {
    const char *what, *in, *out; /* NULL: dropped */
    int source, rule;
    uint64_t not_utf8, empty, bad;
} rows[] = {
    {"text", "some text", "some text", 0, RULE_NONE, 0, 0, 0},
    {"one bad byte in 101", A50 A50 "\xff", A50 A50, 0, RULE_NONE, 0, 0, 1},
    {"one in 99",
     A50 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
         "\xff",
     NULL, 0, RULE_NONE, 1, 0, 1},
    {"a cut sequence", A50 A50 A50 A50 A50 A50 "\xe4\xb8 \xc3\xa9",
     A50 A50 A50 A50 A50 A50 " \xc3\xa9", 0, RULE_NONE, 0, 0, 2},
    {"white space", " \n\t \n", NULL, 0, RULE_NONE, 0, 1, 0},
    {"two words, no filter", "two words", "two words", 0, RULE_NONE, 0, 0, 0},
    {"two words, a filter", "two words", NULL, 1, RULE_min_words, 0, 0, 0},
    {"enough of them", WORDS, WORDS, 1, RULE_NONE, 0, 0, 0},
    {"enough, but bad", WORDS "\xff\xff\xff\xff", NULL, 1, RULE_NONE, 1, 0, 4},
};

int main(void) {
    struct source_spec specs[2] = {{.weight = 1}, {.weight = 1}};
    char path[] = "x", preset[] = "books", none[] = "none";
    struct manifest_shard shards[] = {{path, 1, 0}, {path, 1, 1}};
    const struct manifest manifest = {specs, 2, shards, 2};
    struct config config;
    struct err err = {0};
    config_init(&config);
    specs[0].filter = none;
    specs[1].filter = preset;
    struct clean *clean = clean_create(&config, &manifest, &err);
    ok(clean != NULL, "filters of two sources %s", err.text);
    for (size_t i = 0; clean && i < sizeof rows / sizeof *rows; i++) {
        const struct doc doc = {
            .text = slice_of(rows[i].in), .member = "", .shard = "x"};
        struct tally tally = {0};
        struct slice text;
        bool kept = clean_run(clean, rows[i].source, &doc, &text, &tally);
        ok(kept == (rows[i].out != NULL), "%s: %s", rows[i].what,
           kept ? "kept" : "dropped");
        ok(!kept || slice_equal(text, slice_of(rows[i].out)), "  its text");
        is_int(clean_rule(clean), rows[i].rule, "  the rule");
        is_int((int64_t)tally.documents_not_utf8, (int64_t)rows[i].not_utf8,
               "  not UTF-8");
        is_int((int64_t)tally.documents_empty, (int64_t)rows[i].empty, "  empty");
        is_int((int64_t)tally.bad_utf8_bytes, (int64_t)rows[i].bad, "  bad bytes");
        is_int((int64_t)(tally.documents_kept + tally.documents_empty +
                         tally.documents_not_utf8 +
                         tally.rules[RULE_min_words].dropped),
               1, "  counted once");
    }
    clean_destroy(clean);
    clean_destroy(NULL);
    CHECK(config_set(&config, "filter.url_blocklist", "/no/such", "test", &err) == 0);
    clean = clean_create(&config, &manifest, &err);
    ok(clean == NULL && err.code == ERR_MISSING, "a list that is not there: %s",
       err.text);
    config_fini(&config);
    return tap_done();
}
