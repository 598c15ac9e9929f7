/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a value has the JSON type that its option has, wherever the row stands that it
 * is of, and comes back as the text that config_set takes. */
#include "io/config_json.h"

#include <string.h>

#include "tests/tap.h"

static void test_lines(void) {
    static const char *const rows[][3] = {
        {"train.steps", "3000", "3000"},
        {"train.learning_rate", "0.0001", "0.0001"},
        {"train.clip_norm", "1", "1"},
        {"data.block_bytes", "8388608", "8388608"},
        {"data.lowercase", "true", "true"},
        {"data.strip_accents", "null", "null"},
        {"train.init_from", "null", "null"},
        {"filter.max_words", "off", "\"off\""},
        {"filter.min_words", "20", "20"},
        {"data.vocab", "12", "\"12\""},
        {"data.packing", "pairs", "\"pairs\""},
        {"data.sources[0].weight", "0.5", "0.5"},
        {"data.sources[10].path", "1.5", "\"1.5\""},
        {"train.phases[1].steps", "10", "10"},
        {"train.phases[1].mask_prob", "0.2", "0.2"},
        {"of.tomorrow", "7", "\"7\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str out = {0};
        struct json_writer w = {.out = &out, .compact = true};
        json_open(&w, NULL, '{');
        config_json_put_line(&w, slice_of(rows[i][0]), slice_of(rows[i][1]));
        json_close(&w, '}');
        struct str want = {0};
        str_printf(&want, "{\"%s\":%s}", rows[i][0], rows[i][2]);
        is_str(out.data, want.data, "%s", rows[i][0]);
        str_fini(&want);
        str_fini(&out);
    }
}

static void test_values(void) {
    static const char *const rows[][2] = {
        {"\"a b\"", "a b"}, {"true", "true"}, {"false", "false"}, {"12", "12"},
        {"null", "null"},   {"[]", NULL},     {"{}", NULL},       {"0.25", "0.25"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str out = {0}, text = {0};
        str_printf(&text, "[%s]", rows[i][0]);
        struct json *root = json_parse(str_slice(&text), "test", NULL);
        int rc = config_json_value(json_at(root, 0), &out);
        ok(rows[i][1] ? rc == 0 && strcmp(out.data, rows[i][1]) == 0 : rc < 0, "%s",
           rows[i][0]);
        json_free(root);
        str_fini(&out);
        str_fini(&text);
    }
}

/* Every option there is comes through. */
static void test_options(void) {
    struct config config;
    config_init(&config);
    int good = 0;
    for (int i = 0; i < options_count; i++) {
        struct str out = {0}, before = {0}, after = {0}, value = {0};
        struct json_writer w = {.out = &out};
        const struct option *option = &options_table[i];
        config_print(&config, option, &before);
        json_open(&w, NULL, '{');
        config_json_put(&w, &config, option);
        json_close(&w, '}');
        struct json *root = json_parse(str_slice(&out), option->key, NULL);
        config_json_value(json_get(root, option->key), &value);
        config_set(&config, option->key, value.data, "test", NULL);
        config_print(&config, option, &after);
        good += strcmp(before.data, after.data) == 0;
        json_free(root);
        str_fini(&out);
        str_fini(&before);
        str_fini(&after);
        str_fini(&value);
    }
    is_int(good, options_count, "every option goes out and comes back");
    config_fini(&config);
}

int main(void) {
    test_lines();
    test_values();
    test_options();
    return tap_done();
}
