/* SPDX-License-Identifier: Apache-2.0 */
/* Typed numbers from text: see parse.h. */
#include "src/base/parse.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct unit {
    const char *name;
    double factor;
};

/* A non-negative or signed decimal number and where it ends; no hexadecimal, no
 * "inf". */
static int number(const char *text, double *value, const char **end) {
    const char *p = text + (*text == '-' || *text == '+');
    if (!isdigit((unsigned char)*p) && !(*p == '.' && isdigit((unsigned char)p[1])))
        return -1;
    if (p[0] == '0' && (p[1] == 'x' || p[1] == 'X'))
        return -1;
    errno = 0;
    char *stop;
    *value = strtod(text, &stop);
    *end = stop;
    return isfinite(*value) && errno != ERANGE ? 0 : -1;
}

static const struct unit *unit_find(const struct unit *units, const char *name,
                                    size_t n) {
    for (; units->name; units++)
        if (strlen(units->name) == n && strncmp(units->name, name, n) == 0)
            return units;
    return NULL;
}

static int scaled_int(const char *text, const struct unit *units, int64_t *out) {
    double value;
    const char *end;
    if (number(text, &value, &end) < 0)
        return -1;
    if (*end == '\0' && !strpbrk(text, ".eE")) { /* plain digits keep all 63 bits */
        errno = 0;
        long long exact = strtoll(text, NULL, 10);
        if (errno == ERANGE)
            return -1;
        *out = exact;
        return 0;
    }
    const struct unit *unit = unit_find(units, end, strlen(end));
    if (unit == NULL)
        return -1;
    value *= unit->factor;
    if (value != floor(value) || fabs(value) > 9007199254740992.0)
        return -1;
    *out = (int64_t)value;
    return 0;
}

int parse_int(const char *text, int64_t *out) {
    static const struct unit units[] = {{"", 1},    {"k", 1e3}, {"K", 1e3},
                                        {"M", 1e6}, {"G", 1e9}, {NULL, 0}};
    return scaled_int(text, units, out);
}

int parse_bytes(const char *text, int64_t *out) {
    static const struct unit units[] = {{"", 1},
                                        {"B", 1},
                                        {"kB", 1e3},
                                        {"MB", 1e6},
                                        {"GB", 1e9},
                                        {"K", 1024},
                                        {"KiB", 1024},
                                        {"MiB", 1048576.0},
                                        {"GiB", 1073741824.0},
                                        {"M", 1048576.0},
                                        {"G", 1073741824.0},
                                        {"TiB", 1099511627776.0},
                                        {NULL, 0}};
    return scaled_int(text, units, out);
}

int parse_real(const char *text, double *out) {
    double value;
    const char *end;
    if (number(text, &value, &end) < 0 || *end != '\0')
        return -1;
    *out = value;
    return 0;
}

int parse_duration(const char *text, double *out) {
    static const struct unit units[] = {
        {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}, {NULL, 0}};
    double total = 0, value;
    const char *p = text;
    if (*p == '\0' || *p == '-')
        return -1;
    while (*p) {
        const char *end;
        if (number(p, &value, &end) < 0 || *p == '-')
            return -1;
        if (*end == '\0' && p == text) { /* a bare number is seconds */
            *out = value;
            return 0;
        }
        const struct unit *unit = *end ? unit_find(units, end, 1) : NULL;
        if (unit == NULL)
            return -1;
        total += value * unit->factor;
        p = end + 1;
    }
    *out = total;
    return 0;
}

int parse_bool(const char *text, bool *out) {
    static const char *const yes[] = {"true", "yes", "on", "1"};
    static const char *const no[] = {"false", "no", "off", "0"};
    for (int i = 0; i < 4; i++) {
        if (strcasecmp(text, yes[i]) == 0 || strcasecmp(text, no[i]) == 0) {
            *out = strcasecmp(text, yes[i]) == 0;
            return 0;
        }
    }
    return -1;
}
