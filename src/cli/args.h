/* SPDX-License-Identifier: Apache-2.0 */
/* Words of a command line, and the configuration that they, the environment and a file
 * make together: defaults < file < MPIBERT_… < --set and --section.key. */
#ifndef MPIBERT_CLI_ARGS_H
#define MPIBERT_CLI_ARGS_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/err.h"
#include "src/core/config.h"

enum arg_kind { ARG_FLAG, ARG_TEXT, ARG_INT, ARG_LIST };

/* One accepted option.  ARG_FLAG sets a bool, ARG_TEXT a const char *, ARG_INT an
 * int64_t; ARG_LIST takes all words up to the next option into a struct words. */
struct arg {
    const char *name; /* "--size", or with a short one, "-o, --out" */
    enum arg_kind kind;
    void *value;
    const char *help;
};

struct words {
    char **list; /* owned, as the words are (words_fini) */
    int count;
};

void words_fini(struct words *words);

struct args {
    const char *command;          /* for messages */
    const char *usage, *what;     /* of a sub-command; NULL: the row of commands.c */
    const struct arg *table;      /* ends with a NULL name */
    bool takes_settings;          /* --set KEY=VALUE and --section.key VALUE */
    int least, most;              /* words that are no options */
    struct words words, settings; /* settings: "key=value" */
    bool help; /* --help was there and has been answered: return 0 at once */
};

/* Fills *args and the values of its table; 64 says what is wrong and where help is. */
int args_parse(struct args *args, int argc, char **argv, struct err *err);
void args_fini(struct args *args);

/* args' settings alone, over a configuration that is there; not checked as a whole. */
int args_settings(const struct args *args, struct config *config, struct err *err);
/* The configuration of `yaml` (may be NULL), the environment and args' settings;
 * checked. */
int args_config(const struct args *args, const char *yaml, struct config *config,
                struct err *err);

#endif
