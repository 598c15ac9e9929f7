/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: one table of wrong command lines for all commands, made of their own rows, so
 * that a new command is judged without a new line here.  Each of a command's options is
 * left out, misspelt, given no value and bad ones; words are missing and too many.
 * Whatever it is ends with 64 and one line that names the command, what is wrong and
 * where help is. */
#include "src/cli/commands.h"

#include <stdio.h>
#include <string.h>

#include "src/cli/args.h"
#include "tests/tap.h"

enum { WORDS = 32, SIZE = 64 };

/* A command line being built. */
struct line {
    char words[WORDS][SIZE];
    char *argv[WORDS];
    int argc;
};

static void add(struct line *line, const char *word, size_t size) {
    char *to = line->words[line->argc];
    snprintf(to, SIZE, "%.*s", (int)size, word);
    line->argv[line->argc++] = to;
}

static void add_word(struct line *line, const char *word) {
    add(line, word, strlen(word));
}

/* A value that the option takes. */
static void good_value(const struct arg *arg, char value[SIZE]) {
    const struct option *o = arg->type == AS_SETTING ? options_find(arg->key) : NULL;
    if (arg->type == AS_INT || arg->type == AS_BYTES)
        snprintf(value, SIZE, "%lld", (long long)arg->low);
    else if (arg->type == AS_SECONDS || (o && o->type == OPTION_INT))
        snprintf(value, SIZE, "30");
    else if (arg->type == AS_CHOICE)
        snprintf(value, SIZE, "%.*s", (int)strcspn(arg->takes, "|"), arg->takes);
    else
        snprintf(value, SIZE, "x");
}

static void add_option(struct line *line, const struct arg *arg) {
    char value[SIZE];
    add_word(line, args_name(arg));
    good_value(arg, value);
    if (arg->type != AS_FLAG)
        add_word(line, value);
}

/* All that a command must be given, but not the word or option `without`. */
static void complete(struct line *line, const struct command *c, int words,
                     const struct arg *without) {
    struct slice rest = slice_of(c->words ? c->words : "");
    struct args_word word;
    *line = (struct line){.argc = 0};
    for (int i = 0; i < words && args_next_word(&rest, &word); i++)
        add(line, word.name.data, word.name.size);
    for (const struct arg *arg = c->options; arg && arg->name; arg++)
        if (arg->fallback == ARG_NEEDED && arg != without)
            add_option(line, arg);
}

static int needed_words(const struct command *c) {
    struct slice rest = slice_of(c->words ? c->words : "");
    struct args_word word;
    int count = 0;
    while (args_next_word(&rest, &word))
        count += !word.optional;
    return count;
}

/* The line is refused, and the message names the command, `wrong` and the cure. */
static void refused(struct line *line, const struct command *c, const char *wrong,
                    const char *what) {
    struct args args;
    struct err err = {0};
    char cure[SIZE];
    int rc = args_parse(&args, c, line->argc, line->argv, &err);
    snprintf(cure, sizeof cure, "(try `mpibert help %s`)", c->name);
    bool told = strncmp(err.text, c->name, strlen(c->name)) == 0 &&
                strstr(err.text, wrong) && strstr(err.text, cure) &&
                strchr(err.text, '\n') == NULL;
    ok(rc < 0 && err.code == ERR_USAGE && told, "%s: %s: %s", c->name, what,
       rc < 0 ? err.text : "is taken");
    args_fini(&args);
}

static void refused_with(const struct command *c, const char *word, const char *value,
                         const char *wrong, const char *what) {
    struct line line;
    complete(&line, c, needed_words(c), NULL);
    add_word(&line, word);
    if (value)
        add_word(&line, value);
    refused(&line, c, wrong, what);
}

/* ---- options ---- */

static void bad_values(const struct command *c, const struct arg *arg) {
    const char *name = args_name(arg);
    char text[SIZE];
    bool setting = arg->type == AS_SETTING;
    if (setting && options_find(arg->key)->type != OPTION_INT)
        return; /* for its option to judge */
    refused_with(c, name, "x1", name, "a bad value");
    if (setting || arg->type == AS_CHOICE)
        return;
    refused_with(c, name, "1e400", name, "no number");
    if (arg->type != AS_SECONDS) {
        snprintf(text, sizeof text, "%lld", (long long)arg->low - 1);
        refused_with(c, name, text, name, "too small a number");
    }
    if (arg->type == AS_INT && arg->high < INT64_MAX) {
        snprintf(text, sizeof text, "%lld", (long long)arg->high + 1);
        refused_with(c, name, text, name, "too large a number");
    }
}

static void test_option(const struct command *c, const struct arg *arg) {
    const char *name = args_name(arg);
    char text[SIZE];
    struct line line;
    snprintf(text, sizeof text, "%sx", name);
    refused_with(c, text, NULL, name, "a misspelt option");
    if (arg->type == AS_FLAG) {
        snprintf(text, sizeof text, "%s=1", name);
        refused_with(c, text, NULL, name, "a value of a flag");
        return;
    }
    refused_with(c, name, NULL, name, "a missing value");
    refused_with(c, name, "--help-me", name, "an option for a value");
    snprintf(text, sizeof text, "%s=", name);
    refused_with(c, text, NULL, name, "an empty value");
    if (arg->fallback == ARG_NEEDED) {
        complete(&line, c, needed_words(c), arg);
        refused(&line, c, name, "a missing option");
    }
    if (arg->type != AS_TEXT && arg->type != AS_LIST)
        bad_values(c, arg);
}

/* ---- commands ---- */

static void test_words(const struct command *c) {
    struct slice rest = slice_of(c->words ? c->words : "");
    struct args_word word = {.many = false};
    struct line line;
    int needed = needed_words(c), most = 0;
    for (int i = 0; args_next_word(&rest, &word); i++, most++)
        if (i < needed) {
            char name[SIZE];
            snprintf(name, sizeof name, "%.*s is missing", (int)word.name.size,
                     word.name.data);
            complete(&line, c, i, NULL);
            refused(&line, c, name, "a missing word");
        }
    if (word.many)
        return;
    complete(&line, c, most, NULL);
    add_word(&line, "--"); /* ends a list */
    add_word(&line, "superfluous");
    refused(&line, c, "'superfluous'", "a word too many");
}

static void test_command(const struct command *c) {
    struct line line;
    struct args args;
    struct err err = {0};
    complete(&line, c, needed_words(c), NULL);
    is_int(args_parse(&args, c, line.argc, line.argv, &err), 0, "%s: with all it needs",
           c->name);
    args_fini(&args);
    refused_with(c, "--nonsense", NULL, "'--nonsense'", "an unknown option");
    refused_with(c, "-Q", NULL, "'-Q'", "an unknown short one");
    if (c->settings) {
        refused_with(c, "--set", "nonsense", "'nonsense'", "a setting without =");
        refused_with(c, "--set", NULL, "--set", "no setting");
        refused_with(c, "--train.steps", NULL, "--train.steps", "no value of a key");
    } else {
        refused_with(c, "--set", "train.steps=5", "'--set'", "a setting");
        refused_with(c, "--train.steps", "5", "'--train.steps'", "a key");
    }
    test_words(c);
    for (const struct arg *arg = c->options; arg && arg->name; arg++)
        test_option(c, arg);
}

/* Rows that make sense by themselves. */
static void test_row(const struct command *c) {
    bool parts = commands_has_parts(c);
    ok(c->summary && c->summary[0] >= 'A' && c->summary[0] <= 'Z' &&
           c->summary[strlen(c->summary) - 1] != '.',
       "%s: a sentence without its end", c->name);
    ok(parts || (c->run == NULL) != (c->job == NULL), "  done alone or on ranks");
    for (const struct arg *arg = c->options; arg && arg->name; arg++) {
        bool once = true;
        for (const struct arg *other = c->options; other < arg; other++)
            once = once && strcmp(args_name(other), args_name(arg)) != 0;
        ok(once && arg->help && (arg->type == AS_FLAG) == (arg->takes == NULL) &&
               arg->place < c->request_bytes &&
               (arg->type == AS_SETTING) == (arg->key != NULL) &&
               (arg->key == NULL || options_find(arg->key)),
           "  %s", arg->name);
    }
}

static void test_parts(const struct command *c) {
    char *argv[] = {(char[SIZE]){0}, (char[]){"nonsense"}};
    struct err err = {0};
    int count = 0;
    snprintf(argv[0], SIZE, "%s", c->name);
    for (int i = 0; commands_next_part(c, &i) != NULL;)
        count++;
    ok(count > 0, "%s: has parts", c->name);
    ok(commands_find(2, argv, &err) == NULL && err.code == ERR_USAGE &&
           strstr(err.text, "'nonsense'") && strstr(err.text, c->name) &&
           strstr(err.text, "(try `mpibert help"),
       "%s: an unknown part: %s", c->name, err.text);
}

int main(void) {
    struct err err = {0};
    char *argv[] = {(char[]){"trian"}};
    for (int i = 0; commands[i] != NULL; i++) {
        test_row(commands[i]);
        if (commands_has_parts(commands[i]))
            test_parts(commands[i]);
        else
            test_command(commands[i]);
    }
    ok(commands_find(1, argv, &err) == NULL && err.code == ERR_USAGE &&
           strstr(err.text, "did you mean 'train'"),
       "an unknown command: %s", err.text);
    return tap_done();
}
