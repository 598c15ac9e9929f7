/* SPDX-License-Identifier: Apache-2.0 */
/* Help texts: see usage.h. */
#include "src/cli/usage.h"

#include <stdio.h>

#include "src/cli/args.h"
#include "src/cli/commands.h"

enum { COLUMN = 26, SHOWN = 4 }; /* where help begins; options that a usage shows */

static int columns(const char *text) {
    int n = 0;
    for (; *text; text++)
        n += (*text & 0xC0) != 0x80; /* not within a character */
    return n;
}

static bool is_needed(const struct arg *arg) { return arg->fallback == ARG_NEEDED; }

static int count_free(const struct command *c) {
    int n = 0;
    for (const struct arg *arg = c->options; arg && arg->name; arg++)
        n += !is_needed(arg);
    return n;
}

static void print_in_usage(const struct arg *arg) {
    bool needed = is_needed(arg);
    printf(" %s%s%s%s%s", needed ? "" : "[", args_name(arg), arg->takes ? " " : "",
           arg->takes ? arg->takes : "", needed ? "" : "]");
}

/* What is needed always; the rest where it is short. */
static void print_usage(const struct command *c) {
    bool few = count_free(c) <= SHOWN;
    printf("mpibert %s%s%s", c->name, c->words ? " " : "", c->words ? c->words : "");
    for (const struct arg *arg = c->options; arg && arg->name; arg++)
        if (is_needed(arg))
            print_in_usage(arg);
    for (const struct arg *arg = c->options; few && arg && arg->name; arg++)
        if (!is_needed(arg))
            print_in_usage(arg);
    printf("%s%s\n", few ? "" : " [OPTION…]", c->settings ? " [--set KEY=VALUE]…" : "");
}

static void print_option(const char *name, const char *takes, const char *help,
                         const char *note) {
    struct str text = {0};
    str_printf(&text, "  %s%s%s", name, takes ? " " : "", takes ? takes : "");
    int width = columns(text.data);
    printf("%s%*s %s%s\n", text.data, width < COLUMN ? COLUMN - width : 0, "", help,
           note);
    str_fini(&text);
}

/* " [1 to 19; 10]": what it may be and what it is where it is not given. */
static void describe(const struct arg *arg, struct str *note) {
    const struct option *o = arg->type == AS_SETTING ? options_find(arg->key) : NULL;
    const char *fallback = o && !is_needed(arg) ? o->fallback : arg->fallback;
    struct str range = {0};
    if (o)
        option_describe(o, &range);
    else if (arg->type == AS_INT && arg->high < INT64_MAX)
        str_printf(&range, "%lld to %lld", (long long)arg->low, (long long)arg->high);
    if (range.size > 0 || fallback)
        str_printf(note, " [%s%s%s]", range.size > 0 ? range.data : "",
                   range.size > 0 && fallback ? "; " : "",
                   !fallback        ? ""
                   : is_needed(arg) ? "needed"
                                    : fallback);
    str_fini(&range);
}

static void print_options(const struct command *c) {
    print_option("-h, --help", NULL, "this text", "");
    for (const struct arg *arg = c->options; arg && arg->name; arg++) {
        struct str note = {0};
        if (arg->more)
            arg->more(&note);
        describe(arg, &note);
        print_option(arg->name, arg->takes, arg->help, note.size > 0 ? note.data : "");
        str_fini(&note);
    }
    if (c->settings)
        print_option("--set", "KEY=VALUE",
                     "an option (`mpibert config print` lists them); also --KEY VALUE",
                     "");
}

static void print_parts(const struct command *c) {
    const struct command *part;
    printf("usage: mpibert %s PART …\n\n%s.\n\n", c->name, c->summary);
    for (int i = 0; (part = commands_next_part(c, &i)) != NULL;) {
        printf("  ");
        print_usage(part);
        printf("      %s.\n", part->summary);
    }
    printf("\n`mpibert help %s PART` lists the options of one.\n", c->name);
}

void usage_print(const struct command *c) {
    if (commands_has_parts(c)) {
        print_parts(c);
    } else {
        printf("usage: ");
        print_usage(c);
        printf("\n%s.\n", c->summary);
        print_options(c);
    }
    if (c->example)
        printf("\nFor example:\n%s", c->example);
}
