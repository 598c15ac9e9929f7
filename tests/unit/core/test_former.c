/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a former key sets what took its place, with the origin it came from, and takes
 * what it always took; the last word counts, under whichever name; a checkpoint that
 * was written with it goes on with the key of today. */
#include "src/core/former.h"

#include <string.h>

#include "src/core/config.h"
#include "tests/tap.h"

static const struct {
    const char *text;
    int code;
    const char *part; /* of data.mask_kind, or of the message */
} rows[] = {
    {"true", 0, "words"},
    {"yes", 0, "words"},
    {"1", 0, "words"},
    {"false", 0, "tokens"},
    {"words", 78, "here: data.whole_word: 'words' is not true or false"},
    {"", 78, "data.whole_word: may not be empty"},
    {"null", 78, "data.whole_word: may not be null"},
    {"[]", 78, "data.whole_word: takes one value"},
};

static void test_rows(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct config config;
        struct err err = {0};
        config_init(&config);
        int rc = config_set(&config, "data.whole_word", rows[i].text, "here", &err);
        is_int(rc < 0 ? err.code : 0, rows[i].code, "data.whole_word: %s",
               rows[i].text);
        const char *got = rc < 0 ? err.text : config.data_mask_kind;
        ok(strstr(got, rows[i].part) != NULL, "  %s", got);
        is_str(options_origin(&config, options_find("data.mask_kind")),
               rc < 0 ? "default" : "here", "  and from where");
        config_fini(&config);
    }
}

static void test_last(void) {
    static const char *const settings[][3] = {
        {"data.mask_kind: span\n", "data.whole_word: true\n", "words"},
        {"data.whole_word: true\n", "data.mask_kind: span\n", "span"}};
    for (int i = 0; i < 2; i++) {
        struct config config;
        struct err err = {0};
        config_init(&config);
        for (int s = 0; s < 2; s++)
            config_load(&config, slice_of(settings[i][s]), "here", &err);
        is_str(config.data_mask_kind, settings[i][2], "the last counts");
        config_fini(&config);
    }
}

/* An old checkpoint, and what is dumped today. */
static void test_resume(void) {
    static const char *const kinds[] = {"tokens", "words"};
    for (int i = 0; i < 2; i++) {
        struct config now, then;
        struct err err = {0};
        struct str dump = {0};
        const char *old = i ? "data.whole_word: true\n" : "data.whole_word: false\n";
        config_init(&now);
        config_init(&then);
        config_load(&then, slice_of(old), "checkpoint", &err);
        config_set(&now, "data.mask_kind", kinds[i], "run.yaml", &err);
        is_int(config_compare(&now, &then, &err), 0, "%s goes on as %s", old, kinds[i]);
        config_set(&now, "data.mask_kind", kinds[1 - i], "run.yaml", &err);
        ok(config_compare(&now, &then, &err) < 0, "  but not as %s", kinds[1 - i]);
        config_dump(&then, &dump);
        ok(!strstr(dump.data, "whole_word"), "  and nothing writes the former key");
        str_fini(&dump);
        config_fini(&now);
        config_fini(&then);
    }
}

static void test_keys(void) {
    int count = 0;
    for (const char *key; (key = former_key(count)) != NULL; count++)
        ok(options_find(key) == NULL, "%s is no option", key);
    ok(count > 0, "%d former keys", count);
    const char *key = "train.steps", *text = "5";
    is_int(former_translate(&key, &text, "here", NULL), 0, "other keys are left");
    is_str(key, "train.steps", "  as they are");
}

int main(void) {
    test_rows();
    test_last();
    test_resume();
    test_keys();
    return tap_done();
}
