/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: reports of shards, sent through a parcel and added in any order, must say the
 * same as one report that saw everything; and whatever bytes a corpus holds, what is to
 * be shown of them is one line of printable, well-formed text. */
#include "src/corpus/report.h"

#include <stdio.h>
#include <string.h>

#include "src/base/utf8.h"
#include "tests/tap.h"

enum { SHARDS = 4, EVENTS = 30 };

/* Something different for every shard and event. */
static void feed(struct report *report, int shard, int event) {
    char text[64];
    int n = snprintf(text, sizeof text, "text %d of %d", event, shard);
    uint64_t key = (uint64_t)(shard * 37 + event * 11) % 101;
    const struct notice notice = {event % 3 == 0, "member", (uint64_t)event, text};
    report_sample(report, event % 2 ? RULE_min_words : REPORT_NOT_UTF8, key, event,
                  (struct slice){text, (size_t)n});
    report_length(report, (uint64_t)(event * event * shard));
    report_language(report, slice_of(event % 4 ? "en" : ""));
    map_put(&report->kinds, slice_of(event % 5 ? "a" : "b"), NULL)->value++;
    if (event % 10 == 0)
        report_notice(report, &notice);
    report->tally.documents++;
    report->tally.rules[RULE_min_words].dropped += (uint64_t)shard;
}

/* A shard's report as it comes out of a parcel. */
static void make_shard(struct report *out, int shard) {
    struct report report = {.row = shard, .samples_max = 3};
    struct str parcel = {0};
    for (int event = 0; event < EVENTS; event++)
        feed(&report, shard, event);
    report_serialize(&report, &parcel);
    report_fini(&report);
    struct slice rest = str_slice(&parcel);
    report_deserialize(out, &rest);
    is_int((int64_t)rest.size, 0, "shard %d: all of the parcel is taken", shard);
    str_fini(&parcel);
}

static uint64_t value_of(const struct map *map, const char *key) {
    const struct map_entry *entry = map_find(map, slice_of(key));
    return entry ? entry->value : 0;
}

static void check_total(const struct report *total, const char *what) {
    const struct samples *s = &total->samples[RULE_min_words];
    int bins = 0;
    is_int((int64_t)total->tally.documents, SHARDS * EVENTS, "%s: the ledger", what);
    is_int((int64_t)total->tally.rules[RULE_min_words].dropped, 6 * EVENTS,
           "  its rules");
    is_int((int64_t)value_of(&total->languages, "not said"), SHARDS * 8, "  languages");
    is_int((int64_t)value_of(&total->kinds, "b"), SHARDS * 6, "  kinds");
    is_int((int64_t)total->notice_count, SHARDS * 3, "  notices");
    for (int i = 0; i < REPORT_LENGTHS; i++)
        bins += (int)total->lengths[i];
    is_int(bins, SHARDS * EVENTS, "  lengths");
    is_int((int64_t)total->words, 6 * 8555, "  words"); /* 0² + … + 29² = 8555 */
    is_int(s->count, 3, "  as many samples as were asked for");
    /* Keys of odd events, the least of 37 shard + 11 event mod 101: from a loop apart.
     */
    is_str(s->items[0].text, "text 15 of 1", "  the least key");
    is_str(s->items[1].text, "text 21 of 2", "  the second");
    is_str(s->items[2].text, "text 27 of 3", "  the third");
    is_int(s->items[2].row, 3, "  and where it is from");
}

static void test_order(void) {
    struct report shards[SHARDS], up = {.samples_max = 3}, down = {.samples_max = 3};
    for (int i = 0; i < SHARDS; i++)
        make_shard(&shards[i], i);
    for (int i = 0; i < SHARDS; i++)
        report_add(&up, &shards[i]);
    for (int i = SHARDS; i-- > 0;)
        report_add(&down, &shards[i]);
    check_total(&up, "added up");
    check_total(&down, "added down");
    for (int i = 0; i < SHARDS; i++)
        report_fini(&shards[i]);
    report_fini(&up);
    report_fini(&down);
}

static void test_lengths(void) {
    static const struct {
        uint64_t words;
        int bin;
    } rows[] = {{0, 0},  {1, 1},  {9, 1},       {10, 2},
                {29, 2}, {30, 3}, {300000, 11}, {UINT64_MAX / 2, 11}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct report report = {0};
        report_length(&report, rows[i].words);
        is_int((int64_t)report.lengths[rows[i].bin], 1, "%lld words: from %lld",
               (long long)rows[i].words, (long long)report_length_from(rows[i].bin));
        report_fini(&report);
    }
}

static void test_excerpts(void) {
    static const struct {
        const char *in, *out;
    } rows[] = {
        {"plain", "plain"},
        {"two\n\nlines\tand\x1b[31m red", "two lines and [31m red"},
        {"\n leading", "leading"},
        {"caf\xc3\xa9 \xf0\x9f\x98\x80", "caf\xc3\xa9 \xf0\x9f\x98\x80"},
        {"bad \xff\xc3 bytes", "bad ?? bytes"},
        {"C1 \xc2\x9b control", "C1 control"},
        {"", ""},
    };
    struct report report = {.samples_max = 1};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        report_sample(&report, 0, 100 - i, 0, slice_of(rows[i].in));
        is_str(report.samples[0].items[0].text, rows[i].out, "excerpt %zu", i);
    }
    char far[1000];
    memset(far, 0xc3, sizeof far);
    for (size_t i = 1; i < sizeof far; i += 2)
        far[i] = (char)0xa9;
    report_sample(&report, 0, 1, 0, (struct slice){far, sizeof far});
    const char *text = report.samples[0].items[0].text;
    ok(strlen(text) > 200 && strlen(text) <= 240 &&
           utf8_ill_formed(text, strlen(text)) == 0,
       "a long one ends between characters");
    report_fini(&report);
    struct report none = {.samples_max = 0};
    report_sample(&none, 0, 1, 0, slice_of("x"));
    is_int(none.samples[0].count, 0, "no samples if none are asked for");
    report_fini(&none);
}

int main(void) {
    test_order();
    test_lengths();
    test_excerpts();
    return tap_done();
}
