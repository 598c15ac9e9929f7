/* SPDX-License-Identifier: Apache-2.0 */
/* One option: its name, type, range and default, and a value of it as text and back.
 * Values lie in struct config or in a row of a list; `value` points to one of the C
 * type that belongs to the option's type. */
#ifndef MPIBERT_CORE_OPTION_H
#define MPIBERT_CORE_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/err.h"
#include "src/base/str.h"

/* The C type of each option type. */
typedef int64_t config_INT, config_BYTES;   /* not set: CONFIG_UNSET */
typedef int64_t config_COUNT;               /* CONFIG_ALL: all; not set: CONFIG_UNSET */
typedef double config_REAL, config_MINUTES; /* not set: NaN */
typedef double config_LIMIT;                /* INFINITY: off; not set: NaN */
typedef int config_BOOL;                    /* 0, 1; not set: -1 */
/* Owned; not set: NULL. */
typedef char *config_TEXT, *config_CHOICE, *config_FILE, *config_WORDS;

#define CONFIG_UNSET INT64_MIN
#define CONFIG_ALL INT64_MAX

enum option_type {
    OPTION_INT,
    OPTION_COUNT,
    OPTION_REAL,
    OPTION_BYTES,
    OPTION_MINUTES,
    OPTION_LIMIT,
    OPTION_BOOL,
    OPTION_CHOICE,
    OPTION_TEXT,
    OPTION_FILE,
    OPTION_WORDS /* "a,b" */
};
enum option_resume { OPTION_FIXED, OPTION_FREE };

struct option {
    const char *key; /* "train.steps" */
    enum option_type type;
    const char *fallback;   /* the default as text; NULL: not set */
    const char *low, *high; /* the range of a number; low of a CHOICE: "a|b|c" */
    enum option_resume resume;
    const char *help;
    size_t place;  /* of the value in what holds it */
    bool optional; /* may be unset although it has a default */
    bool needed;   /* may not although it has none */
};

/* Whether a word is one of "a|b|c". */
bool option_choice_has(const char *choices, const char *word);
/* Whether null is a value of it. */
bool option_may_be_unset(const struct option *option);
/* "one value, not a list or map". */
const char *option_takes(const struct option *option);
/* Appends what it takes, besides null: "0 to 10", "skip|stop"; nothing for a text. */
void option_describe(const struct option *option, struct str *out);
/* Puts `text` into *value, which holds a value already; NULL unsets.  78 with "origin:
 * key: " for what the option does not take, and then *value is as it was. */
int option_set(const struct option *option, void *value, const char *text,
               const char *origin, struct err *err);
/* Makes a value out of zeroed memory: the default. */
void option_init(const struct option *option, void *value);
bool option_is_set(const struct option *option, const void *value);
/* Appends the text that option_set takes back, "null" when not set. */
void option_print(const struct option *option, const void *value, struct str *out);
/* Frees what the value owns. */
void option_fini(const struct option *option, void *value);

#endif
