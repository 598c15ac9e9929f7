/* SPDX-License-Identifier: Apache-2.0 */
/* Command lines: see args.h.  Whatever a row says is done here, for all commands alike:
 * what an option takes, what is needed, how many words there are. */
#include "src/cli/args.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/parse.h"
#include "src/core/nearest.h"

const char args_needed[] = "(needed)";

/* ---- words ---- */

static void words_add(struct words *words, const char *word) {
    size_t n = (size_t)words->count + 1;
    words->list = mem_resize(words->list, n, sizeof *words->list);
    words->list[words->count++] = mem_string(word);
}

void words_fini(struct words *words) {
    for (int i = 0; i < words->count; i++)
        mem_free(words->list[i]);
    mem_free(words->list);
    *words = (struct words){0};
}

/* ---- the rows ---- */

const char *args_name(const struct arg *arg) { return strstr(arg->name, "--"); }

bool args_next_word(struct slice *rest, struct args_word *word) {
    static const char many[] = "…";
    const size_t n = sizeof many - 1;
    struct slice name;
    if (!slice_field(rest, ' ', &name))
        return false;
    word->optional = slice_starts(name, "[");
    if (word->optional)
        name.data++, name.size -= 2;
    word->many = name.size > n && memcmp(name.data + name.size - n, many, n) == 0;
    if (word->many)
        name.size -= n;
    word->name = name;
    return true;
}

/* Whether a word is one of the names in "-o, --out". */
static bool has_name(const struct arg *arg, struct slice word) {
    struct slice rest = slice_of(arg->name), name;
    while (slice_field(&rest, ',', &name))
        if (slice_equal(slice_trim(name), word))
            return true;
    return false;
}

static const struct arg *find(const struct command *command, struct slice word) {
    for (const struct arg *arg = command->options; arg && arg->name; arg++)
        if (has_name(arg, word))
            return arg;
    return NULL;
}

/* The option that was probably meant, or NULL. */
static const char *nearest(const struct command *command, struct slice word) {
    struct str text = {0};
    const char *best = NULL;
    int least = 3; /* more is another word */
    str_append(&text, word.data, word.size);
    for (const struct arg *arg = command->options; arg && arg->name; arg++) {
        int distance = nearest_distance(text.data, args_name(arg));
        if (distance < least)
            least = distance, best = args_name(arg);
    }
    str_fini(&text);
    return best;
}

/* ---- faults ---- */

int args_refuse(const struct args *args, struct err *err, const char *format, ...) {
    const char *name = args->command->name;
    struct err what;
    va_list list;
    va_start(list, format);
    vsnprintf(what.text, sizeof what.text - 128, format, list);
    va_end(list);
    return err_set(err, ERR_USAGE, "%s: %s (try `mpibert help %s`)", name, what.text,
                   name);
}

static int refuse_option(const struct args *args, struct err *err, struct slice word) {
    const char *meant = nearest(args->command, word);
    if (meant == NULL)
        return args_refuse(args, err, "unknown option '%.*s'", (int)word.size,
                           word.data);
    return args_refuse(args, err, "unknown option '%.*s'; did you mean '%s'?",
                       (int)word.size, word.data, meant);
}

/* ---- values ---- */

static void describe_bytes(int64_t bytes, struct str *out) {
    if (bytes % 1024 == 0)
        str_printf(out, "%lldKiB", (long long)(bytes / 1024));
    else
        str_printf(out, "%lld bytes", (long long)bytes);
}

/* "a whole number from 1 to 19" */
static void describe(const struct arg *arg, struct str *out) {
    if (arg->type == AS_CHOICE) {
        str_printf(out, "one of %s", arg->takes);
    } else if (arg->type == AS_BYTES) {
        str_printf(out, "a size, as 512MiB, of at least ");
        describe_bytes(arg->low, out);
    } else if (arg->type == AS_SECONDS) {
        str_printf(out, "a time, as 90s or 10m");
    } else {
        str_printf(out, "a whole number");
        if (arg->type == AS_INT)
            str_printf(out, " from %lld", (long long)arg->low);
        if (arg->type == AS_INT && arg->high < INT64_MAX)
            str_printf(out, " to %lld", (long long)arg->high);
    }
}

static int refuse_value(const struct args *args, struct err *err, const struct arg *arg,
                        const char *value) {
    struct str form = {0};
    describe(arg, &form);
    args_refuse(args, err, "%s: '%s' is not %s", args_name(arg), value, form.data);
    str_fini(&form);
    return -1;
}

static bool is_choice(const char *choices, const char *value) {
    struct slice rest = slice_of(choices), choice;
    while (slice_field(&rest, '|', &choice))
        if (slice_equal(choice, slice_of(value)))
            return true;
    return false;
}

static bool is_whole(const struct option *o) {
    return o->type == OPTION_INT || o->type == OPTION_BYTES;
}

/* Its range and the rest are the option's to judge, when all are set. */
static bool may_set(const struct arg *arg, const char *value) {
    int64_t whole;
    return !is_whole(options_find(arg->key)) || parse_int(value, &whole) == 0;
}

/* Puts the value where the row says; false: it is none. */
static bool put(struct args *args, const struct arg *arg, const char *value) {
    void *field = (char *)args->request + arg->place;
    int64_t *whole = field;
    switch (arg->type) {
    case AS_FLAG: *(bool *)field = true; return true;
    case AS_LIST: words_add(field, value); return true;
    case AS_SECONDS: return parse_duration(value, field) == 0;
    case AS_BYTES: return parse_bytes(value, whole) == 0 && *whole >= arg->low;
    case AS_INT:
        return parse_int(value, whole) == 0 && *whole >= arg->low &&
               *whole <= arg->high;
    case AS_CHOICE:
    case AS_SETTING:
    case AS_TEXT: break;
    }
    *(const char **)field = value;
    if (arg->type == AS_CHOICE)
        return is_choice(arg->takes, value);
    if (arg->type == AS_SETTING && !may_set(arg, value))
        return false;
    if (arg->type == AS_SETTING)
        settings_add(&args->settings, slice_of(arg->key), value, args_name(arg));
    return true;
}

static bool is_given(const struct args *args, const struct arg *arg) {
    const void *field = (const char *)args->request + arg->place;
    if (arg->type == AS_LIST)
        return ((const struct words *)field)->count > 0;
    if (arg->type == AS_INT || arg->type == AS_BYTES)
        return *(const int64_t *)field != 0;
    return *(const char *const *)field != NULL;
}

/* ---- the command line ---- */

/* A word being looked at. */
struct reading {
    int argc, at;
    char **argv;
};

/* An option, and no value: "-" alone is standard input. */
static bool is_option(const char *word) { return word[0] == '-' && word[1] != '\0'; }

/* The value after "--name=" or in the next word; NULL if there is none. */
static const char *take_value(struct reading *r, const char *equals) {
    if (equals)
        return equals[1] != '\0' ? equals + 1 : NULL;
    const char *next = r->at + 1 < r->argc ? r->argv[r->at + 1] : "";
    if (*next == '\0' || strncmp(next, "--", 2) == 0)
        return NULL;
    r->at++;
    return next;
}

static int take_option(struct args *args, const struct arg *arg, struct reading *r,
                       const char *equals, struct err *err) {
    const char *word = r->argv[r->at], *value = NULL;
    if (arg->type == AS_FLAG && equals)
        return args_refuse(args, err, "no value is taken by '%s'", word);
    if (arg->type != AS_FLAG && (value = take_value(r, equals)) == NULL)
        return args_refuse(args, err, "a value is missing after '%s'", word);
    if (!put(args, arg, value))
        return refuse_value(args, err, arg, value);
    while (arg->type == AS_LIST && !equals && r->at + 1 < r->argc &&
           !is_option(r->argv[r->at + 1]))
        put(args, arg, r->argv[++r->at]);
    return 0;
}

/* --set key=value, --train.steps 100, --train.steps=100 */
static int take_setting(struct args *args, struct reading *r, struct slice name,
                        const char *equals, struct err *err) {
    const char *word = r->argv[r->at], *value = take_value(r, equals);
    struct slice key = {name.data + 2, name.size - 2};
    if (slice_equal(name, slice_of("--set"))) {
        const char *middle = value ? strchr(value, '=') : NULL;
        if (value && middle == NULL)
            return args_refuse(args, err, "not KEY=VALUE: '%s'", value);
        if (value)
            key = (struct slice){value, (size_t)(middle - value)}, value = middle + 1;
    } else if (equals && equals[1] == '\0') {
        value = equals + 1; /* what may be empty, its option knows */
    }
    if (value == NULL)
        return args_refuse(args, err, "a value is missing after '%s'", word);
    settings_add(&args->settings, key, value, "--set");
    return 0;
}

static bool is_setting(struct slice name) {
    return slice_equal(name, slice_of("--set")) ||
           (slice_starts(name, "--") && memchr(name.data, '.', name.size) != NULL);
}

static int take(struct args *args, struct reading *r, struct err *err) {
    const char *word = r->argv[r->at], *equals = strchr(word, '=');
    struct slice name = {word, equals ? (size_t)(equals - word) : strlen(word)};
    const struct arg *arg = find(args->command, name);
    if (arg)
        return take_option(args, arg, r, equals, err);
    if (args->command->settings && is_setting(name))
        return take_setting(args, r, name, equals, err);
    return refuse_option(args, err, name);
}

static bool asks_help(const char *word) {
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static int take_all(struct args *args, struct reading *r, struct err *err) {
    bool options_end = false;
    for (; r->at < r->argc; r->at++) {
        const char *word = r->argv[r->at];
        if (!options_end && asks_help(word)) {
            args->help = true;
            return 0;
        }
        if (!options_end && strcmp(word, "--") == 0)
            options_end = true;
        else if (options_end || !is_option(word))
            words_add(&args->words, word);
        else if (take(args, r, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- as a whole ---- */

static int check_words(const struct args *args, struct err *err) {
    const char *words = args->command->words;
    struct slice rest = slice_of(words ? words : "");
    struct args_word word;
    int count = args->words.count, taken = 0;
    while (args_next_word(&rest, &word)) {
        if (taken == count && !word.optional)
            return args_refuse(args, err, "%.*s is missing", (int)word.name.size,
                               word.name.data);
        if (taken < count)
            taken = word.many ? count : taken + 1;
    }
    if (taken < count)
        return args_refuse(args, err, "one word too many: '%s'",
                           args->words.list[taken]);
    return 0;
}

static int check_needed(const struct args *args, struct err *err) {
    struct str names = {0};
    int count = 0;
    for (const struct arg *arg = args->command->options; arg && arg->name; arg++)
        if (arg->fallback == ARG_NEEDED && !is_given(args, arg))
            str_printf(&names, "%s%s %s", count++ > 0 ? ", " : "", args_name(arg),
                       arg->takes);
    if (count > 0)
        args_refuse(args, err, "%s %s needed", names.data, count > 1 ? "are" : "is");
    str_fini(&names);
    return count > 0 ? -1 : 0;
}

static void put_fallbacks(struct args *args) {
    for (const struct arg *arg = args->command->options; arg && arg->name; arg++)
        if (arg->fallback && arg->fallback != ARG_NEEDED)
            put(args, arg, arg->fallback);
}

int args_parse(struct args *args, const struct command *command, int argc, char **argv,
               struct err *err) {
    struct reading reading = {.argc = argc, .argv = argv};
    *args = (struct args){.command = command,
                          .request = mem_alloc(1, command->request_bytes + 1)};
    put_fallbacks(args);
    if (take_all(args, &reading, err) < 0)
        return -1;
    if (args->help)
        return 0;
    return check_words(args, err) < 0 ? -1 : check_needed(args, err);
}

void args_fini(struct args *args) {
    const struct arg *arg = args->command->options;
    for (; arg && arg->name; arg++)
        if (arg->type == AS_LIST)
            words_fini((struct words *)((char *)args->request + arg->place));
    mem_free(args->request);
    words_fini(&args->words);
    settings_fini(&args->settings);
}
