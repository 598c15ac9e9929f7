/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a row of train.phases takes what its options take and refuses the rest by the
 * row's own name; what it does not say is as the whole run has it; steps are found in
 * the phase they are of; what is dumped loads back; only the last phase's steps may
 * change on resume. */
#include "src/core/phases.h"

#include <stdio.h>
#include <string.h>

#include "tests/tap.h"

static void set(struct config *config, const char *key, const char *text) {
    struct err err;
    if (config_set(config, key, text, "here", &err) < 0)
        diag("%s", err.text);
}

/* 90 steps of 16 × 128, 10 of 4 × 512 with 30 % masked, 5 of 32 × 64. */
static void three_phases(struct config *config) {
    config_init(config);
    set(config, "train.phases[0].steps", "90");
    set(config, "train.phases[1].steps", "10");
    set(config, "train.phases[1].sequence_length", "512");
    set(config, "train.phases[1].lane_batch", "4");
    set(config, "train.phases[1].mask_prob", "0.3");
    set(config, "train.phases[2].steps", "5");
    set(config, "train.phases[2].sequence_length", "64");
    set(config, "train.phases[2].lane_batch", "32");
    set(config, "train.phases[2].mask_random", "0");
    set(config, "train.phases[2].mask_kind", "words");
}

static const struct {
    const char *key, *text;
    int code;
    const char *part; /* of the message */
} rows[] = {
    {"train.phases[0].steps", "10k", 0, ""},
    {"train.phases[0].mask_prob", "0.4", 0, ""},
    {"train.phases[0].mask_prob", "null", 0, ""},
    {"train.phases[0].mask_replace", "1", 0, ""},
    {"train.phases[0].mask_kind", "span", 0, ""},
    {"train.phases[0].mask_kind", "null", 0, ""},
    {"train.phases[0].mask_kind", "spans", 78, "is not one of tokens|words|"},
    {"train.phases[0].steps", "ten", 78, "train.phases[0].steps: 'ten' is not a whole"},
    {"train.phases[0].sequence_length", "7", 78, "from 8 to"},
    {"train.phases[0].mask_prob", "0.9", 78, "from 0.05 to 0.8"},
    {"train.phases[1].steps", "5", 78, "without gaps"},
    {"train.phases[-1].steps", "5", 78, "without gaps"},
    {"train.phases[0].colour", "red", 78, "a phase has steps"},
    {"train.phases[0].steps", "", 78, "is empty"},
    {"train.phases[1000].steps", "5", 78, "at most 1000 rows"},
    {"train.phases[0]", "5", 78, "a phase has steps"},
    {"train.phases[0", "5", 78, "without gaps"},
    {"train.phases", "5", 78, "train.phases[0].steps"},
    {"train.phasesteps", "5", 78, "did you mean"},
    {"train.phases", "null", 0, ""},
    {"train.phases", "[]", 0, ""},
};

static void test_rows(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct config config;
        struct err err = {0};
        config_init(&config);
        int rc = config_set(&config, rows[i].key, rows[i].text, "here", &err);
        is_int(rc < 0 ? err.code : 0, rows[i].code, "%s: %s", rows[i].key,
               rows[i].text);
        ok(rc == 0 || strstr(err.text, rows[i].part), "  says %s",
           rc < 0 ? err.text : "nothing");
        config_fini(&config);
    }
}

static void test_values(void) {
    struct config config;
    config_init(&config);
    set(&config, "train.steps", "70");
    struct phase p = phases_get(&config, 0);
    ok(phases_count(&config) == 1 && p.steps == 70 && p.sequence_length == 128 &&
           p.lane_batch == 16 && p.mask_prob == .15 && p.mask_random == .1,
       "without rows the run is one phase");
    is_int(phases_find(&config, 71), 0, "  of all steps");
    config_fini(&config);

    three_phases(&config);
    p = phases_get(&config, 0);
    ok(p.steps == 90 && p.sequence_length == 128 && p.lane_batch == 16,
       "what a row does not say is as the run has it");
    p = phases_get(&config, 1);
    ok(p.sequence_length == 512 && p.lane_batch == 4 && p.mask_prob == .3 &&
           p.mask_random == .1,
       "what it says is its own");
    p = phases_get(&config, 2);
    ok(p.mask_prob == .15 && p.mask_random == 0, "  also of the split");
    is_str(p.mask_kind, "words", "  and of the kind");
    static const int found[][2] = {{1, 0},   {90, 0},  {91, 1},
                                   {100, 1}, {101, 2}, {999, 2}};
    for (size_t i = 0; i < sizeof found / sizeof *found; i++)
        is_int(phases_find(&config, found[i][0]), found[i][1], "step %d", found[i][0]);
    struct phases_bounds most = phases_bounds(&config);
    ok(most.sequence_length == 512 && most.lane_batch == 32 && most.lane_tokens == 2048,
       "the largest of each");
    config_fini(&config);
}

static void test_settle(void) {
    static const struct {
        const char *key, *text;
        int code;
        const char *part;
    } settings[] = {
        {"train.seed", "1", 0, ""},
        {"train.steps", "105", 0, ""},
        {"train.steps", "104", 78, "train.phases are 105 steps in all"},
        {"train.phases[3].lane_batch", "4", 78, "train.phases[3].steps"},
        {"train.phases[2].steps", "0", 78, "train.phases[2].steps"},
    };
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        struct config config;
        struct err err = {0};
        three_phases(&config);
        set(&config, settings[i].key, settings[i].text);
        int rc = phases_settle(&config, &err);
        is_int(rc < 0 ? err.code : 0, settings[i].code, "%s: %s", settings[i].key,
               settings[i].text);
        ok(rc < 0 ? strstr(err.text, settings[i].part) != NULL
                  : config.train_steps == 105,
           "  %s", rc < 0 ? err.text : "train.steps is the sum");
        config_fini(&config);
    }
}

static void test_check(void) {
    static const struct {
        const char *key, *text, *part; /* of the message */
    } settings[] = {
        {"model.max_positions", "511", "train.phases[1].sequence_length: 512 is over"},
        {"train.chunk_tokens", "500", "train.phases[1].sequence_length 512"},
        {"train.phases[2].mask_replace", "1", NULL},
        {"train.phases[1].mask_replace", "1", "train.phases[1].mask_replace: 1 and"},
        {"data.mask_replace", "1", "train.phases[0].mask_replace"},
    };
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        struct config config;
        struct err err = {0};
        three_phases(&config);
        set(&config, settings[i].key, settings[i].text);
        int rc = config_check(&config, &err);
        is_int(rc < 0 ? err.code : 0, settings[i].part ? ERR_CONFIG : 0, "%s: %s",
               settings[i].key, settings[i].text);
        ok(rc == 0 || strstr(err.text, settings[i].part), "  %s", rc ? err.text : "");
        config_fini(&config);
    }
}

static void test_dump(void) {
    struct config a, b;
    struct str first = {0}, second = {0};
    struct err err;
    three_phases(&a);
    config_init(&b);
    is_int(phases_settle(&a, &err), 0, "they settle");
    config_dump(&a, &first);
    is_int(config_load(&b, str_slice(&first), "dump", &err), 0, "a dump loads");
    is_int(phases_settle(&b, &err), 0, "  and settles");
    config_dump(&b, &second);
    is_str(second.data, first.data, "  and dumps the same");
    ok(strstr(first.data, "train.phases[1].mask_prob: 0.3\n"), "rows are in it");
    ok(!strstr(first.data, "train.phases[0].mask_prob"),
       "  but not what they leave open");
    is_int(config_compare(&a, &b, &err), 0, "the same may resume");
    str_fini(&first);
    str_fini(&second);
    config_fini(&a);
    config_fini(&b);
}

static void test_compare(void) {
    static const struct {
        const char *key, *text, *part; /* of the message */
    } changes[] = {
        {"train.phases[2].steps", "50", NULL},
        {"train.phases[0].sequence_length", "128", NULL}, /* which it was */
        {"train.phases[0].steps", "91", "train.phases[0].steps: is 91 now but 90"},
        {"train.phases[1].sequence_length", "256", "is 256 now but 512"},
        {"train.phases[2].lane_batch", "8", "is 8 now but 32"},
        {"train.phases[2].mask_prob", "0.4", "is 0.4 now but 0.15"},
        {"train.phases[2].mask_kind", "words", NULL}, /* another text, the same */
        {"train.phases[2].mask_kind", "span", "is span now but words"},
        {"train.phases[3].steps", "5", "train.phases: are 4 now but 3"},
        {"train.phases", "null", "train.phases: are 1 now but 3"},
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        struct config now, then;
        struct err err = {0};
        three_phases(&now);
        three_phases(&then);
        set(&now, changes[i].key, changes[i].text);
        int rc = config_compare(&now, &then, &err);
        is_int(rc < 0 ? err.code : 0, changes[i].part ? ERR_CONFIG : 0, "%s: %s",
               changes[i].key, changes[i].text);
        ok(rc == 0 || strstr(err.text, changes[i].part), "  %s", rc ? err.text : "may");
        config_fini(&now);
        config_fini(&then);
    }
}

int main(void) {
    test_rows();
    test_values();
    test_settle();
    test_check();
    test_dump();
    test_compare();
    return tap_done();
}
