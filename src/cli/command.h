/* SPDX-License-Identifier: Apache-2.0 */
/* One row a command: a new one is a file cmd_x.c and a row in commands.c. */
#ifndef MPIBERT_CLI_COMMAND_H
#define MPIBERT_CLI_COMMAND_H

#include "src/base/err.h"

struct command {
    const char *name;
    const char *usage;   /* what follows the name */
    const char *help;    /* one line */
    const char *example; /* lines to type, or NULL */
    /* argv[0] is the command's name.  0, or -1 with *err; the program exits with
     * err->code. */
    int (*run)(int argc, char **argv, struct err *err);
};

extern const struct command commands[]; /* ends with a NULL name */

int cmd_train(int argc, char **argv, struct err *err);
int cmd_family(int argc, char **argv, struct err *err);
int cmd_eval(int argc, char **argv, struct err *err);
int cmd_vocab(int argc, char **argv, struct err *err);
int cmd_corpus(int argc, char **argv, struct err *err);
int cmd_tokenize(int argc, char **argv, struct err *err);
int cmd_sentences(int argc, char **argv, struct err *err);
int cmd_export(int argc, char **argv, struct err *err);
int cmd_import(int argc, char **argv, struct err *err);
int cmd_fill(int argc, char **argv, struct err *err);
int cmd_finetune(int argc, char **argv, struct err *err);
int cmd_predict(int argc, char **argv, struct err *err);
int cmd_inspect(int argc, char **argv, struct err *err);
int cmd_compare(int argc, char **argv, struct err *err);
int cmd_bench(int argc, char **argv, struct err *err);
int cmd_config(int argc, char **argv, struct err *err);
int cmd_help(int argc, char **argv, struct err *err);
int cmd_version(int argc, char **argv, struct err *err);

#endif
