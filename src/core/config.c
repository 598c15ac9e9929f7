/* SPDX-License-Identifier: Apache-2.0 */
/* The option table and the values under it: see config.h.  One walk over the table serves
 * setting, printing, dumping and comparing; sources are rows of their own, and phases
 * (phases.c). */
#include "src/core/config.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/parse.h"
#include "src/core/nearest.h"

const struct option config_options[] = {
#define OPTION(section, name, type, def, low, high, resume, help)                        \
    {#section "." #name, OPTION_##type, def, low, high, OPTION_##resume, help,           \
     offsetof(struct config, section##_##name)},
#include "src/core/options.def"
#undef OPTION
};
const int config_option_count = sizeof config_options / sizeof *config_options;

static void *value_of(const struct config *config, const struct option *option) {
    return (char *)(uintptr_t)config + option->place;
}

static int bad_value(const struct option *o, const char *text, const char *form,
                     const char *origin, struct err *err) {
    if (o->type != OPTION_CHOICE && o->low)
        return err_set(err, ERR_CONFIG, "%s: %s: '%s' is not %s from %s to %s", origin,
                       o->key, text, form, o->low, o->high);
    return err_set(err, ERR_CONFIG, "%s: %s: '%s' is not %s", origin, o->key, text, form);
}

/* "90", "90m" and "1h30m" are the same. */
static int minutes_parse(const char *text, double *minutes) {
    double seconds;
    if (parse_real(text, minutes) == 0)
        return 0;
    if (parse_duration(text, &seconds) < 0)
        return -1;
    *minutes = seconds / 60;
    return 0;
}

static int limit_parse(const char *text, double *limit) {
    if (strcmp(text, "off") != 0)
        return parse_real(text, limit);
    *limit = INFINITY;
    return 0;
}

/* Parses a number of any type into a double for the range check and into *whole exactly. */
static int number_parse(enum option_type type, const char *text, double *real,
                        int64_t *whole) {
    int rc;
    switch (type) {
    case OPTION_INT: rc = parse_int(text, whole); break;
    case OPTION_BYTES: rc = parse_bytes(text, whole); break;
    case OPTION_MINUTES: return minutes_parse(text, real);
    case OPTION_LIMIT: return limit_parse(text, real);
    default: return parse_real(text, real);
    }
    if (rc == 0)
        *real = (double)*whole;
    return rc;
}

int config_set_number(const struct option *o, void *value, const char *text,
                      const char *origin, struct err *err) {
    static const char *const forms[] = {[OPTION_INT] = "a whole number (12, 10k, 2M)",
                                        [OPTION_REAL] = "a number (0.1, 1e-4)",
                                        [OPTION_BYTES] = "a size (64KiB, 512MiB)",
                                        [OPTION_MINUTES] = "a time (minutes, or 30s, 90m, 16h)",
                                        [OPTION_LIMIT] = "off or a number"};
    bool real = o->type != OPTION_INT && o->type != OPTION_BYTES;
    double number = NAN, low, high;
    int64_t whole = CONFIG_UNSET, unused;
    if (text && number_parse(o->type, text, &number, &whole) < 0)
        return bad_value(o, text, forms[o->type], origin, err);
    bool off = o->type == OPTION_LIMIT && isinf(number);
    if (text && !off && o->low && number_parse(o->type, o->low, &low, &unused) == 0 &&
        number_parse(o->type, o->high, &high, &unused) == 0 &&
        !(number >= low && number <= high))
        return bad_value(o, text, forms[o->type], origin, err);
    if (real)
        *(double *)value = number;
    else
        *(int64_t *)value = whole;
    return 0;
}

static bool choice_has(const char *choices, const char *text) {
    size_t n = strlen(text);
    for (const char *p = choices; n > 0 && (p = strstr(p, text)) != NULL; p++)
        if ((p == choices || p[-1] == '|') && (p[n] == '\0' || p[n] == '|'))
            return true;
    return false;
}

static void replace(char **place, const char *text) {
    char *copy = text ? mem_string(text) : NULL;
    mem_free(*place);
    *place = copy;
}

static int set_value(struct config *config, const struct option *o, const char *text,
                     const char *origin, struct err *err) {
    void *value = value_of(config, o);
    bool truth = false;
    switch (o->type) {
    case OPTION_BOOL:
        if (text && parse_bool(text, &truth) < 0)
            return bad_value(o, text, "true or false", origin, err);
        *(int *)value = text ? truth : -1;
        return 0;
    case OPTION_CHOICE:
        if (text == NULL || !choice_has(o->low, text))
            return err_set(err, ERR_CONFIG, "%s: %s: '%s' is not one of %s", origin, o->key,
                           text ? text : "null", o->low);
        replace(value, text);
        return 0;
    case OPTION_TEXT: replace(value, text); return 0;
    default: return config_set_number(o, value, text, origin, err);
    }
}

/* ---- rows of data.sources and data.heldout ---- */

static struct source_spec *spec_row(struct source_spec **rows, int *count, int row) {
    if (row > *count)
        return NULL;
    if (row == *count) {
        *rows = mem_resize(*rows, (size_t)row + 1, sizeof **rows);
        (*rows)[row] = (struct source_spec){
            .format = mem_string("auto"), .text_key = mem_string("auto"), .weight = 1};
        *count = row + 1;
    }
    return &(*rows)[row];
}

/* Held-out text is never filtered, so that what is measured on it stays comparable. */
static int set_spec_filter(struct source_spec *spec, const char *text, const char *key,
                           const char *origin, struct err *err) {
    static const char choices[] = "none|wiki|web|books";
    if (strncmp(key, "data.heldout", 12) == 0)
        return err_set(err, ERR_CONFIG, "%s: %s: held-out text is not filtered", origin, key);
    if (!choice_has(choices, text))
        return err_set(err, ERR_CONFIG, "%s: %s: '%s' is not one of %s", origin, key, text,
                       choices);
    replace(&spec->filter, text);
    return 0;
}

static int set_spec_field(struct source_spec *spec, const char *field, const char *text,
                          const char *key, const char *origin, struct err *err) {
    if (text == NULL)
        return err_set(err, ERR_CONFIG, "%s: %s: may not be null", origin, key);
    if (*field == '\0' || strcmp(field, ".path") == 0)
        replace(&spec->path, text);
    else if (strcmp(field, ".format") == 0)
        replace(&spec->format, text);
    else if (strcmp(field, ".text_key") == 0)
        replace(&spec->text_key, text);
    else if (strcmp(field, ".filter") == 0)
        return set_spec_filter(spec, text, key, origin, err);
    else if (strcmp(field, ".weight") != 0)
        return err_set(err, ERR_CONFIG,
                       "%s: unknown key '%s'; a source has path, format, weight, text_key, "
                       "filter",
                       origin, key);
    else if (parse_real(text, &spec->weight) < 0 || spec->weight <= 0)
        return err_set(err, ERR_CONFIG, "%s: %s: '%s' is not a number above 0", origin, key,
                       text);
    return 0;
}

static void specs_clear(struct source_spec **rows, int *count) {
    for (int i = 0; i < *count; i++) {
        mem_free((*rows)[i].path);
        mem_free((*rows)[i].format);
        mem_free((*rows)[i].text_key);
        mem_free((*rows)[i].filter);
    }
    mem_free(*rows);
    *rows = NULL;
    *count = 0;
}

/* 1: the key is of a source and was set; 0: it is not; -1. */
static int set_source(struct config *config, const char *key, const char *text,
                      const char *origin, struct err *err) {
    bool heldout = strncmp(key, "data.heldout", 12) == 0;
    if (!heldout && strncmp(key, "data.sources", 12) != 0)
        return 0;
    struct source_spec **rows = heldout ? &config->heldout : &config->sources;
    int *count = heldout ? &config->heldout_count : &config->source_count;
    const char *rest = key + 12;
    if (*rest == '\0' && (text == NULL || strcmp(text, "[]") == 0)) {
        specs_clear(rows, count);
        return 1;
    }
    long row = 0;
    if (*rest == '[') {
        char *end;
        row = strtol(rest + 1, &end, 10);
        rest = *end == ']' ? end + 1 : "?";
    }
    struct source_spec *spec = row >= 0 && row < 100000 ? spec_row(rows, count, (int)row) : NULL;
    if (spec == NULL)
        return err_set(err, ERR_CONFIG, "%s: %s: rows are numbered from 0 without gaps",
                       origin, key);
    return set_spec_field(spec, rest, text, key, origin, err) < 0 ? -1 : 1;
}

/* ---- the doors ---- */

void config_init(struct config *config) {
    *config = (struct config){0};
    config->origins = mem_alloc((size_t)config_option_count, sizeof *config->origins);
    for (int i = 0; i < config_option_count; i++) {
        set_value(config, &config_options[i], config_options[i].fallback, "default", NULL);
        config->origins[i] = mem_string("default");
    }
}

static int unknown_key(const char *key, const char *origin, struct err *err) {
    const char *best = NULL;
    int least = 1000;
    for (int i = 0; i < config_option_count; i++) {
        int d = nearest_distance(key, config_options[i].key);
        if (d < least)
            least = d, best = config_options[i].key;
    }
    return err_set(err, ERR_CONFIG,
                   "%s: unknown key '%s'; did you mean '%s'? (`mpibert config print` lists "
                   "all keys)",
                   origin, key, best);
}

int config_set(struct config *config, const char *key, const char *text,
               const char *origin, struct err *err) {
    if (text && (strcmp(text, "null") == 0 || strcmp(text, "~") == 0))
        text = NULL;
    if (text && strpbrk(text, "\n\r"))
        return err_set(err, ERR_CONFIG, "%s: %s: a value is one line", origin, key);
    int row = set_source(config, key, text, origin, err);
    if (row == 0)
        row = phases_set(config, key, text, origin, err);
    if (row != 0)
        return row < 0 ? -1 : 0;
    for (int i = 0; i < config_option_count; i++) {
        if (strcmp(config_options[i].key, key) != 0)
            continue;
        if (set_value(config, &config_options[i], text, origin, err) < 0)
            return -1;
        replace(&config->origins[i], origin);
        return 0;
    }
    return unknown_key(key, origin, err);
}

static void print_real(double x, struct str *out) {
    char text[40];
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, x);
        if (strtod(text, NULL) == x)
            break;
    }
    str_append(out, text, strlen(text));
}

void config_print_value(const struct option *o, const void *value, struct str *out) {
    switch (o->type) {
    case OPTION_INT:
    case OPTION_BYTES:
        if (*(const int64_t *)value == CONFIG_UNSET)
            str_printf(out, "null");
        else
            str_printf(out, "%lld", (long long)*(const int64_t *)value);
        break;
    case OPTION_REAL:
    case OPTION_MINUTES:
    case OPTION_LIMIT:
        if (isnan(*(const double *)value))
            str_printf(out, "null");
        else if (isinf(*(const double *)value))
            str_printf(out, "off");
        else
            print_real(*(const double *)value, out);
        break;
    case OPTION_BOOL: {
        static const char *const words[] = {"null", "false", "true"};
        str_printf(out, "%s", words[*(const int *)value + 1]);
        break;
    }
    default: {
        const char *text = *(char *const *)value;
        str_printf(out, "%s", text ? text : "null");
    }
    }
}

void config_print(const struct config *config, const struct option *o, struct str *out) {
    config_print_value(o, value_of(config, o), out);
}

static void dump_specs(const char *name, const struct source_spec *specs, int count,
                       struct str *out) {
    for (int i = 0; i < count; i++) {
        str_printf(out, "data.%s[%d].path: %s\n", name, i, specs[i].path);
        str_printf(out, "data.%s[%d].format: %s\n", name, i, specs[i].format);
        str_printf(out, "data.%s[%d].text_key: %s\n", name, i, specs[i].text_key);
        if (specs[i].filter)
            str_printf(out, "data.%s[%d].filter: %s\n", name, i, specs[i].filter);
        str_printf(out, "data.%s[%d].weight: ", name, i);
        print_real(specs[i].weight, out);
        str_printf(out, "\n");
    }
}

void config_dump(const struct config *config, struct str *out) {
    for (int i = 0; i < config_option_count; i++) {
        str_printf(out, "%s: ", config_options[i].key);
        config_print(config, &config_options[i], out);
        str_printf(out, "\n");
    }
    dump_specs("sources", config->sources, config->source_count, out);
    dump_specs("heldout", config->heldout, config->heldout_count, out);
    phases_dump(config, out);
}

int config_load(struct config *config, struct slice text, const char *origin,
                struct err *err) {
    struct slice line;
    while (slice_line(&text, &line)) {
        char *copy = mem_alloc(line.size + 1, 1);
        memcpy(copy, line.data, line.size);
        char *colon = strstr(copy, ": ");
        int rc = 0;
        if (colon == NULL) {
            rc = err_set(err, ERR_DATA, "%s: '%s' is not 'key: value'", origin, copy);
        } else {
            *colon = '\0';
            rc = config_set(config, copy, colon + 2, origin, err);
        }
        mem_free(copy);
        if (rc < 0)
            return -1;
    }
    return 0;
}

/* What the files say is compared by content, in the data hash. */
static bool compared_by_content(const struct option *o) {
    static const char *const files[] = {"data.vocab", "filter.drop_list",
                                        "filter.url_blocklist", "filter.word_blocklist"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (strcmp(o->key, files[i]) == 0)
            return true;
    return false;
}

int config_compare(const struct config *now, const struct config *then, struct err *err) {
    struct str a = {0}, b = {0};
    int rc = 0;
    for (int i = 0; rc == 0 && i < config_option_count; i++) {
        const struct option *o = &config_options[i];
        if (o->resume == OPTION_FREE || compared_by_content(o))
            continue;
        str_clear(&a);
        str_clear(&b);
        config_print(now, o, &a);
        config_print(then, o, &b);
        if (strcmp(a.data, b.data) != 0)
            rc = err_set(err, ERR_CONFIG,
                         "%s: is %s now (%s) but %s in the checkpoint, and may not change "
                         "when a run resumes; set it back, or start another run in another "
                         "checkpoint.dir",
                         o->key, a.data, now->origins[i], b.data);
    }
    str_fini(&a);
    str_fini(&b);
    return rc < 0 ? rc : phases_compare(now, then, err);
}

void config_fini(struct config *config) {
    for (int i = 0; i < config_option_count; i++) {
        if (config_options[i].type == OPTION_TEXT || config_options[i].type == OPTION_CHOICE)
            mem_free(*(char **)value_of(config, &config_options[i]));
        if (config->origins)
            mem_free(config->origins[i]);
    }
    mem_free(config->origins);
    specs_clear(&config->sources, &config->source_count);
    specs_clear(&config->heldout, &config->heldout_count);
    phases_clear(config);
    *config = (struct config){0};
}
