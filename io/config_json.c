/* SPDX-License-Identifier: Apache-2.0 */
/* Options and JSON: see config_json.h.  The text of a value is config_print's; here it
 * gets the type that its option has. */
#include "io/config_json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/base/parse.h"

/* Whether values of a type are numbers, where they are set and not "off" or
 * "all". */
static bool is_number(enum option_type type) {
    return type == OPTION_INT || type == OPTION_COUNT || type == OPTION_BYTES ||
           type == OPTION_REAL || type == OPTION_MINUTES || type == OPTION_LIMIT;
}

static void put_text(struct json_writer *json, enum option_type type,
                     struct slice text) {
    char number[64];
    int64_t whole;
    double real;
    snprintf(number, sizeof number, "%.*s", (int)text.size, text.data);
    if (slice_equal(text, slice_of("null")))
        json_put_null(json, NULL);
    else if (type == OPTION_BOOL)
        json_put_bool(json, NULL, slice_equal(text, slice_of("true")));
    else if (is_number(type) && parse_int(number, &whole) == 0)
        json_put_int(json, NULL, whole);
    else if (is_number(type) && parse_real(number, &real) == 0 && isfinite(real))
        json_put_real(json, NULL, real);
    else
        json_put_string(json, NULL, text);
}

void config_json_put(struct json_writer *json, const struct config *config,
                     const struct option *option) {
    struct str text = {0};
    config_print(config, option, &text);
    if (json_is_text(str_slice(&text))) {
        json_put_key(json, slice_of(option->key));
        put_text(json, option->type, str_slice(&text));
    }
    str_fini(&text);
}

static bool ends_with(struct slice key, const char *end) {
    size_t n = strlen(end);
    return key.size > n && memcmp(key.data + key.size - n, end, n) == 0;
}

/* A row's field is of the type that the option of that name has for the whole run. */
static enum option_type type_of(struct slice key) {
    bool row = key.size > 0 && memchr(key.data, '[', key.size);
    if (row && ends_with(key, ".weight"))
        return OPTION_REAL;
    for (int i = 0; i < options_count; i++) {
        const char *name = options_table[i].key;
        bool phase = row && strncmp(key.data, "train.phases", 12) == 0;
        if (slice_equal(key, slice_of(name)) ||
            (phase && ends_with(key, strchr(name, '.'))))
            return options_table[i].type;
    }
    return OPTION_TEXT;
}

void config_json_put_line(struct json_writer *json, struct slice key,
                          struct slice text) {
    json_put_key(json, key);
    put_text(json, type_of(key), text);
}

int config_json_value(const struct json *value, struct str *out) {
    struct slice text;
    bool truth;
    int64_t whole;
    double real;
    if (json_get_string(value, &text) == 0)
        str_append(out, text.data, text.size);
    else if (json_get_bool(value, &truth) == 0)
        str_printf(out, "%s", truth ? "true" : "false");
    else if (json_get_int(value, &whole) == 0)
        str_printf(out, "%lld", (long long)whole);
    else if (json_get_real(value, &real) == 0)
        str_printf(out, "%.17g", real);
    else if (json_kind(value) == JSON_KIND_NULL)
        str_printf(out, "null");
    else
        return -1;
    return 0;
}
