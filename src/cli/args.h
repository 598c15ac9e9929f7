/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a command line, by the row of its command. */
#ifndef MPIBERT_CLI_ARGS_H
#define MPIBERT_CLI_ARGS_H

#include "src/cli/command.h"
#include "src/cli/settings.h"

struct words {
    char **list; /* owned, as the words are (words_fini) */
    int count;
};

void words_fini(struct words *words);

struct args {
    const struct command *command;
    void *request;      /* the command's struct request; owned */
    struct words words; /* what is no option: as many as the command says */
    struct settings settings;
    bool help; /* --help is there: nothing else was looked at */
};

/* Fills *args, to be ended by args_fini in any case; argv[0] is the first word after
 * the command's name.  64 says what is wrong and where help is. */
int args_parse(struct args *args, const struct command *command, int argc, char **argv,
               struct err *err);
void args_fini(struct args *args);

/* Fills *err (64) with "COMMAND: …" and where help is.  Returns -1. */
int args_refuse(const struct args *args, struct err *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The name of an option without its short one. */
const char *args_name(const struct arg *arg);
/* The words that a command takes, one after the other out of command->words; false when
 * there are no more. */
struct args_word {
    struct slice name;
    bool optional, many;
};
bool args_next_word(struct slice *rest, struct args_word *word);

#endif
