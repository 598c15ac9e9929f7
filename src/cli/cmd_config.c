/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert config print: every option and row, its value, what it may be and means; with
 * --origin where values came from; with --json all of that. */
#include <stdio.h>
#include <string.h>

#include "io/syntax/json.h"
#include "src/cli/args.h"
#include "src/cli/command.h"
#include "src/core/lists.h"

/* ---- as text ---- */

/* "meaning [what it takes; changeable]" */
static void describe(const struct option *o, struct str *out) {
    struct str range = {0};
    bool free = o->resume == OPTION_FREE;
    option_describe(o, &range);
    if (option_may_be_unset(o))
        str_printf(&range, "%s", range.size > 0 ? " or null" : "may be null");
    str_printf(out, "%s", o->help);
    if (range.size > 0 || free)
        str_printf(out, " [%s%s%s]", range.size > 0 ? range.data : "",
                   range.size > 0 && free ? "; " : "",
                   free ? "a resume may change it" : "");
    str_fini(&range);
}

static void print_line(const char *key, const struct option *o, const void *value,
                       const char *origin) {
    struct str text = {0}, comment = {0};
    option_print(o, value, &text);
    describe(o, &comment);
    printf("%-28s %-14s # %s\n", key, text.data, origin ? origin : comment.data);
    str_fini(&text);
    str_fini(&comment);
}

static void print_options(const struct config *config, bool origin) {
    for (int i = 0; i < options_count; i++) {
        const struct option *o = &options_table[i];
        print_line(o->key, o, options_value(config, o),
                   origin ? options_origin(config, o) : NULL);
    }
}

static void print_row(const struct config *config, const struct list *list, int row) {
    for (int f = 0; f < list->field_count; f++) {
        const struct list_field *field = &list->fields[f];
        struct option option = lists_option(field);
        char key[96];
        snprintf(key, sizeof key, "%s[%d].%s", list->key, row, field->name);
        print_line(key, &option, lists_value(list, config, row, field), NULL);
    }
}

static void print_lists(const struct config *config) {
    for (const struct list *list = lists_table; list < lists_table + lists_table_count;
         list++) {
        int count = lists_count(list, config);
        printf("%-28s %-14d # rows; %s has", list->key, count, list->row);
        for (int f = 0; f < list->field_count; f++)
            printf("%s %s", f ? "," : "", list->fields[f].name);
        printf("\n");
        for (int row = 0; row < count; row++)
            print_row(config, list, row);
    }
}

static void print_text(const struct config *config, bool origin) {
    print_options(config, origin);
    print_lists(config);
}

/* ---- as JSON ---- */

static void put_text(struct json_writer *w, const char *key, const char *text) {
    if (text)
        json_put_string(w, key, slice_of(text));
    else
        json_put_null(w, key);
}

/* A number as a number, a truth as a truth. */
static void put_value(struct json_writer *w, const char *key, const struct option *o,
                      const void *value) {
    struct str text = {0};
    option_print(o, value, &text);
    bool real = o->type == OPTION_REAL || o->type == OPTION_MINUTES ||
                (o->type == OPTION_LIMIT && strcmp(text.data, "off") != 0);
    if (!option_is_set(o, value))
        json_put_null(w, key);
    else if (o->type == OPTION_INT || o->type == OPTION_BYTES ||
             (o->type == OPTION_COUNT && *(const int64_t *)value != CONFIG_ALL))
        json_put_int(w, key, *(const int64_t *)value);
    else if (o->type == OPTION_BOOL)
        json_put_bool(w, key, *(const int *)value > 0);
    else if (real)
        json_put_real(w, key, *(const double *)value);
    else
        json_put_string(w, key, str_slice(&text));
    str_fini(&text);
}

static void put_choices(struct json_writer *w, const struct option *o) {
    struct slice rest = slice_of(o->low), choice;
    json_open(w, "choices", '[');
    while (slice_field(&rest, '|', &choice))
        json_put_string(w, NULL, choice);
    json_close(w, ']');
}

static void put_option(struct json_writer *w, const struct config *config,
                       const struct option *o) {
    json_open(w, o->key, '{');
    put_value(w, "value", o, options_value(config, o));
    put_text(w, "origin", options_origin(config, o));
    put_text(w, "default", o->fallback);
    if (o->type == OPTION_CHOICE) {
        put_choices(w, o);
    } else if (o->low) {
        put_text(w, "low", o->low);
        put_text(w, "high", o->high);
    }
    json_put_bool(w, "may_be_null", option_may_be_unset(o));
    json_put_bool(w, "may_change_on_resume", o->resume == OPTION_FREE);
    put_text(w, "help", o->help);
    json_close(w, '}');
}

static void put_list(struct json_writer *w, const struct config *config,
                     const struct list *list) {
    json_open(w, list->key, '[');
    for (int row = 0; row < lists_count(list, config); row++) {
        json_open(w, NULL, '{');
        for (int f = 0; f < list->field_count; f++) {
            struct option option = lists_option(&list->fields[f]);
            put_value(w, option.key, &option,
                      lists_value(list, config, row, &list->fields[f]));
        }
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void print_json(const struct config *config) {
    struct str text = {0};
    struct json_writer w = {.out = &text};
    json_open(&w, NULL, '{');
    json_open(&w, "options", '{');
    for (int i = 0; i < options_count; i++)
        put_option(&w, config, &options_table[i]);
    json_close(&w, '}');
    for (int i = 0; i < lists_table_count; i++)
        put_list(&w, config, &lists_table[i]);
    json_close(&w, '}');
    printf("%s\n", text.data);
    str_fini(&text);
}

/* ---- the command ---- */

struct request {
    bool origin, json;
};

static const struct arg options[] = {
    ARG_FLAG("--origin", origin, "show where each value comes from"),
    ARG_FLAG("--json", json, "one JSON object: values, origins, defaults, ranges"),
    ARG_END};

static int run(const struct args *args, struct err *err) {
    const struct request *r = args->request;
    const char *yaml = args->words.count > 0 ? args->words.list[0] : NULL;
    struct config config;
    if (settings_config(&args->settings, yaml, &config, err) < 0)
        return -1;
    if (r->json)
        print_json(&config);
    else
        print_text(&config, r->origin);
    config_fini(&config);
    return 0;
}

const struct command cmd_config = {
    .name = "config",
    .summary = "The options, their values and where those came from",
    .example = "  mpibert config print run.yaml --origin\n"};

const struct command cmd_config_print = {
    .name = "config print",
    .words = "[CONFIG.yaml]",
    .summary = "The options, their values and where those came from",
    .example = "  mpibert config print run.yaml --origin\n",
    .options = options,
    .request_bytes = sizeof(struct request),
    .settings = true,
    .run = run};
