/* SPDX-License-Identifier: Apache-2.0 */
/* Values of options: see option.h.  Each type has a form (for messages), a parser and a
 * printer; the rule on what may be unset is the same for all. */
#include "src/core/option.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/parse.h"

static const char *const forms[] = {[OPTION_INT] = "a whole number (12, 10k, 2M)",
                                    [OPTION_COUNT] = "all or a whole number",
                                    [OPTION_REAL] = "a number (0.1, 1e-4)",
                                    [OPTION_BYTES] = "a size (64KiB, 512MiB)",
                                    [OPTION_MINUTES] =
                                        "a time (minutes, or 30s, 90m, 16h)",
                                    [OPTION_LIMIT] = "off or a number",
                                    [OPTION_BOOL] = "true or false"};

static bool is_whole(const struct option *o) {
    return o->type == OPTION_INT || o->type == OPTION_COUNT || o->type == OPTION_BYTES;
}

static bool is_text(const struct option *o) {
    return o->type == OPTION_TEXT || o->type == OPTION_FILE ||
           o->type == OPTION_CHOICE || o->type == OPTION_WORDS;
}

bool option_may_be_unset(const struct option *o) {
    return o->optional || (!o->fallback && !o->needed);
}

bool option_is_set(const struct option *o, const void *value) {
    if (is_text(o))
        return *(char *const *)value != NULL;
    if (is_whole(o))
        return *(const int64_t *)value != CONFIG_UNSET;
    if (o->type == OPTION_BOOL)
        return *(const int *)value >= 0;
    return !isnan(*(const double *)value);
}

/* ---- numbers ---- */

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

static int count_parse(const char *text, int64_t *count) {
    if (strcmp(text, "all") != 0)
        return parse_int(text, count);
    *count = CONFIG_ALL;
    return 0;
}

/* Parses a number of any type into a double for the range check and into *whole
 * exactly. */
static int number_parse(enum option_type type, const char *text, double *real,
                        int64_t *whole) {
    int rc;
    switch (type) {
    case OPTION_INT: rc = parse_int(text, whole); break;
    case OPTION_COUNT: rc = count_parse(text, whole); break;
    case OPTION_BYTES: rc = parse_bytes(text, whole); break;
    case OPTION_MINUTES: return minutes_parse(text, real);
    case OPTION_LIMIT: return limit_parse(text, real);
    default: return parse_real(text, real);
    }
    if (rc == 0)
        *real = (double)*whole;
    return rc;
}

/* Off, or all. */
static bool is_endless(const struct option *o, double number) {
    return (o->type == OPTION_LIMIT && isinf(number)) ||
           (o->type == OPTION_COUNT && number >= (double)CONFIG_ALL);
}

static bool in_range(const struct option *o, double number) {
    double low, high;
    int64_t unused;
    if (o->low == NULL || is_endless(o, number))
        return true;
    return number_parse(o->type, o->low, &low, &unused) == 0 &&
           number_parse(o->type, o->high, &high, &unused) == 0 && number >= low &&
           number <= high;
}

static int bad_value(const struct option *o, const char *text, const char *origin,
                     struct err *err) {
    if (o->low)
        return err_set(err, ERR_CONFIG, "%s: %s: '%s' is not %s from %s to %s", origin,
                       o->key, text, forms[o->type], o->low, o->high);
    return err_set(err, ERR_CONFIG, "%s: %s: '%s' is not %s", origin, o->key, text,
                   forms[o->type]);
}

/* A number that is 0 in single precision, in which all of them are used, but is not
 * 0. */
static bool vanishes(const struct option *o, double number) {
    return o->type == OPTION_REAL && number != 0 && fabs(number) < FLT_MIN;
}

static int set_number(const struct option *o, void *value, const char *text,
                      const char *origin, struct err *err) {
    double real;
    int64_t whole = 0;
    if (number_parse(o->type, text, &real, &whole) < 0 || !in_range(o, real))
        return bad_value(o, text, origin, err);
    if (vanishes(o, real))
        return err_set(
            err, ERR_CONFIG,
            "%s: %s: '%s' is 0 in single precision, whose least number is %.2g", origin,
            o->key, text, (double)FLT_MIN);
    if (is_whole(o))
        *(int64_t *)value = whole;
    else
        *(double *)value = real;
    return 0;
}

/* ---- words ---- */

bool option_choice_has(const char *choices, const char *word) {
    size_t n = strlen(word);
    for (const char *p = choices; n > 0 && (p = strstr(p, word)) != NULL; p++)
        if ((p == choices || p[-1] == '|') && (p[n] == '\0' || p[n] == '|'))
            return true;
    return false;
}

static int set_text(const struct option *o, char **value, const char *text,
                    const char *origin, struct err *err) {
    if (o->type == OPTION_CHOICE && !option_choice_has(o->low, text))
        return err_set(err, ERR_CONFIG, "%s: %s: '%s' is not one of %s", origin, o->key,
                       text, o->low);
    char *copy = mem_string(text);
    mem_free(*value);
    *value = copy;
    return 0;
}

static int set_truth(const struct option *o, int *value, const char *text,
                     const char *origin, struct err *err) {
    bool truth;
    if (parse_bool(text, &truth) < 0)
        return bad_value(o, text, origin, err);
    *value = truth;
    return 0;
}

/* ---- the doors ---- */

static void unset(const struct option *o, void *value) {
    if (is_text(o)) {
        mem_free(*(char **)value);
        *(char **)value = NULL;
    } else if (is_whole(o)) {
        *(int64_t *)value = CONFIG_UNSET;
    } else if (o->type == OPTION_BOOL) {
        *(int *)value = -1;
    } else {
        *(double *)value = NAN;
    }
}

/* what: "null" or "empty". */
static int refuse_nothing(const struct option *o, const char *what, const char *origin,
                          struct err *err) {
    if (option_may_be_unset(o))
        return err_set(err, ERR_CONFIG, "%s: %s: is %s; null leaves it unset", origin,
                       o->key, what);
    return err_set(err, ERR_CONFIG, "%s: %s: may not be %s%s%s", origin, o->key, what,
                   o->fallback ? "; leave it out for its default, " : "",
                   o->fallback ? o->fallback : "");
}

const char *option_takes(const struct option *o) {
    return o->type == OPTION_WORDS ? "words, not a map"
                                   : "one value, not a list or map";
}

static const char *endless_word(const struct option *o) {
    return o->type == OPTION_LIMIT   ? "off or "
           : o->type == OPTION_COUNT ? "all or "
                                     : "";
}

void option_describe(const struct option *o, struct str *out) {
    if (o->type == OPTION_CHOICE)
        str_printf(out, "%s", o->low);
    else if (o->type == OPTION_BOOL)
        str_printf(out, "true|false");
    else if (o->low)
        str_printf(out, "%s%s to %s", endless_word(o), o->low, o->high);
}

int option_set(const struct option *o, void *value, const char *text,
               const char *origin, struct err *err) {
    if (text == NULL && !option_may_be_unset(o))
        return refuse_nothing(o, "null", origin, err);
    if (text == NULL) {
        unset(o, value);
        return 0;
    }
    if (o->type == OPTION_WORDS && strcmp(text, "[]") == 0)
        text = "";
    if (strcmp(text, "[]") == 0 || strcmp(text, "{}") == 0)
        return err_set(err, ERR_CONFIG, "%s: %s: takes %s", origin, o->key,
                       option_takes(o));
    if (*text == '\0')
        return refuse_nothing(o, "empty", origin, err);
    if (is_text(o))
        return set_text(o, value, text, origin, err);
    if (o->type == OPTION_BOOL)
        return set_truth(o, value, text, origin, err);
    return set_number(o, value, text, origin, err);
}

void option_init(const struct option *o, void *value) {
    if (o->fallback)
        option_set(o, value, o->fallback, "default", NULL);
    else
        unset(o, value);
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

void option_print(const struct option *o, const void *value, struct str *out) {
    if (!option_is_set(o, value))
        str_printf(out, "null");
    else if (is_text(o))
        str_printf(out, "%s", *(char *const *)value);
    else if (o->type == OPTION_COUNT && *(const int64_t *)value == CONFIG_ALL)
        str_printf(out, "all");
    else if (is_whole(o))
        str_printf(out, "%lld", (long long)*(const int64_t *)value);
    else if (o->type == OPTION_BOOL)
        str_printf(out, "%s", *(const int *)value ? "true" : "false");
    else if (isinf(*(const double *)value))
        str_printf(out, "off");
    else
        print_real(*(const double *)value, out);
}

void option_fini(const struct option *o, void *value) {
    if (is_text(o))
        unset(o, value);
}
