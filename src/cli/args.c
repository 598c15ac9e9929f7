/* SPDX-License-Identifier: Apache-2.0 */
/* Command lines: see args.h. */
#include "src/cli/args.h"

#include <stdio.h>
#include <string.h>

#include "io/syntax/yaml.h"
#include "src/base/file.h"
#include "src/base/mem.h"
#include "src/base/parse.h"
#include "src/cli/command.h"
#include "src/cli/environment.h"
#include "src/core/phases.h"

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

static void print_option(const struct arg *arg) {
    static const char *const values[] = {[ARG_FLAG] = "",
                                         [ARG_TEXT] = " VALUE",
                                         [ARG_INT] = " N",
                                         [ARG_LIST] = " VALUE…"};
    struct str name = {0};
    str_printf(&name, "%s%s", arg->name, values[arg->kind]);
    int marks = arg->kind == ARG_LIST ? 2 : 0; /* bytes of … that take no column */
    printf("  %-*s %s\n", 24 + marks, name.data, arg->help);
    str_fini(&name);
}

static void print_help(const struct args *args) {
    const struct command *c = commands;
    while (c->name && strcmp(c->name, args->command) != 0)
        c++;
    if (args->usage)
        printf("usage: mpibert %s %s\n\n%s.\n", args->command, args->usage, args->what);
    else if (c->name)
        printf("usage: mpibert %s %s\n\n%s.\n", c->name, c->usage, c->help);
    print_option(&(struct arg){"-h, --help", ARG_FLAG, NULL, "this text"});
    for (const struct arg *arg = args->table; arg->name; arg++)
        print_option(arg);
    if (args->takes_settings)
        print_option(&(struct arg){
            "--set KEY=VALUE", ARG_FLAG, NULL,
            "an option (`mpibert config print` lists them); also --KEY VALUE"});
    if (!args->usage && c->name && c->example)
        printf("\nFor example:\n%s", c->example);
}

/* A word of the command line being parsed. */
struct place {
    int argc, at;
    char **argv;
};

static int usage(const struct args *args, struct err *err, const char *what,
                 const char *word) {
    return err_set(err, ERR_USAGE, "%s: %s '%s' (try `mpibert help %s`)", args->command,
                   what, word, args->command);
}

/* The value after "--name=" or in the next word; NULL if there is none. */
static const char *value_take(struct place *place, const char *equals) {
    if (equals)
        return equals + 1;
    return place->at + 1 < place->argc ? place->argv[++place->at] : NULL;
}

/* Another option, and no value: "-" alone is standard input. */
static bool is_option(const char *word) { return word[0] == '-' && word[1] != '\0'; }

static int arg_take(struct args *args, const struct arg *arg, struct place *place,
                    const char *equals, struct err *err) {
    const char *word = place->argv[place->at];
    if (arg->kind == ARG_FLAG) {
        if (equals)
            return usage(args, err, "no value is taken by", word);
        *(bool *)arg->value = true;
        return 0;
    }
    const char *value = value_take(place, equals);
    if (value == NULL || *value == '\0')
        return usage(args, err, "a value is missing after", word);
    if (arg->kind == ARG_TEXT)
        *(const char **)arg->value = value;
    else if (arg->kind == ARG_INT && parse_int(value, arg->value) < 0)
        return usage(args, err, "not a whole number:", value);
    if (arg->kind == ARG_LIST) {
        words_add(arg->value, value);
        while (!equals && place->at + 1 < place->argc &&
               !is_option(place->argv[place->at + 1]))
            words_add(arg->value, place->argv[++place->at]);
    }
    return 0;
}

/* --set key=value, --train.steps 100, --train.steps=100 */
static int setting_take(struct args *args, struct place *place, const char *equals,
                        struct err *err) {
    const char *word = place->argv[place->at];
    const char *value = value_take(place, equals);
    if (value == NULL)
        return usage(args, err, "a value is missing after", word);
    if (strncmp(word, "--set", 5) == 0) {
        if (strchr(value, '=') == NULL)
            return usage(args, err, "not KEY=VALUE:", value);
        words_add(&args->settings, value);
        return 0;
    }
    struct str setting = {0};
    size_t n = equals ? (size_t)(equals - word) : strlen(word);
    str_printf(&setting, "%.*s=%s", (int)n - 2, word + 2, value);
    words_add(&args->settings, setting.data);
    str_fini(&setting);
    return 0;
}

/* Whether a word is one of the names in "-o, --out". */
static bool has_name(const struct arg *arg, const char *word, size_t size) {
    struct slice rest = slice_of(arg->name), name;
    while (slice_field(&rest, ',', &name)) {
        while (slice_starts(name, " "))
            name.data++, name.size--;
        if (slice_equal(name, (struct slice){word, size}))
            return true;
    }
    return false;
}

static int option_take(struct args *args, struct place *place, struct err *err) {
    const char *word = place->argv[place->at];
    const char *equals = strchr(word, '=');
    size_t n = equals ? (size_t)(equals - word) : strlen(word);
    for (const struct arg *arg = args->table; arg->name; arg++)
        if (has_name(arg, word, n))
            return arg_take(args, arg, place, equals, err);
    bool dotted = strncmp(word, "--", 2) == 0 && memchr(word, '.', n) != NULL;
    if (args->takes_settings && (dotted || (n == 5 && strncmp(word, "--set", 5) == 0)))
        return setting_take(args, place, equals, err);
    return usage(args, err, "unknown option", word);
}

int args_parse(struct args *args, int argc, char **argv, struct err *err) {
    struct place place = {argc, 1, argv};
    bool options_end = false;
    for (; place.at < argc; place.at++) {
        const char *word = argv[place.at];
        if (!options_end && (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)) {
            args->help = true;
            print_help(args);
            return 0;
        }
        if (!options_end && strcmp(word, "--") == 0)
            options_end = true;
        else if (options_end || !is_option(word))
            words_add(&args->words, word);
        else if (option_take(args, &place, err) < 0)
            return -1;
    }
    if (args->words.count < args->least)
        return err_set(err, ERR_USAGE, "%s: too few words (try `mpibert help %s`)",
                       args->command, args->command);
    if (args->words.count > args->most)
        return usage(args, err, "not understood:", args->words.list[args->most]);
    return 0;
}

void args_fini(struct args *args) {
    words_fini(&args->words);
    words_fini(&args->settings);
}

/* ---- the configuration ---- */

struct file_origin {
    struct config *config;
    const char *path;
};

static int set_from_value(void *context, const struct yaml_value *value,
                          struct err *err) {
    const struct file_origin *file = context;
    struct str origin = {0};
    str_printf(&origin, "%s:%d:%d", file->path, value->line, value->column);
    int rc = config_set(file->config, value->key, value->text, origin.data, err);
    str_fini(&origin);
    return rc;
}

static int set_from_file(const char *path, struct config *config, struct err *err) {
    struct file_origin file = {config, path};
    struct str text = {0};
    int rc = file_read(path, 16u << 20, &text, err);
    if (rc == 0)
        rc = yaml_read(path, str_slice(&text), set_from_value, &file, err);
    str_fini(&text);
    return rc;
}

int args_settings(const struct args *args, struct config *config, struct err *err) {
    for (int i = 0; i < args->settings.count; i++) {
        const char *setting = args->settings.list[i];
        const char *equals = strchr(setting, '=');
        struct str key = {0};
        str_append(&key, setting, (size_t)(equals - setting));
        int rc = config_set(config, key.data, equals + 1, "--set", err);
        str_fini(&key);
        if (rc < 0)
            return -1;
    }
    return 0;
}

int args_config(const struct args *args, const char *yaml, struct config *config,
                struct err *err) {
    config_init(config);
    if ((yaml && set_from_file(yaml, config, err) < 0) ||
        environment_set(config, err) < 0 || args_settings(args, config, err) < 0 ||
        config_settle(config, err) < 0 || config_check(config, err) < 0) {
        config_fini(config);
        return -1;
    }
    return 0;
}
