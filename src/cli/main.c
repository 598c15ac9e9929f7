/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert COMMAND …: finds the command, runs it, turns its error into one line and an exit
 * code.  The only file that ends the program in good order. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/log.h"
#include "src/cli/command.h"
#include "src/core/nearest.h"
#include "src/kernels/gemm.h"
#include "src/kernels/vec.h"

const struct command commands[] = {
    {"train", "CONFIG.yaml [--set KEY=VALUE]…", "pretrain a model, or go on with a run", cmd_train},
    {"eval", "CHECKPOINT --data PATH… [--json]", "loss and accuracy on held-out text", cmd_eval},
    {"vocab", "--size N [--cased] --out FILE PATH…", "learn a WordPiece vocabulary", cmd_vocab},
    {"tokenize", "--vocab FILE [--cased] [FILE…]", "text lines to lines of ids", cmd_tokenize},
    {"export", "CHECKPOINT DIR [--layout pretraining|mlm|encoder]",
     "write a Hugging Face folder", cmd_export},
    {"import", "DIR CHECKPOINT", "make a checkpoint of a Hugging Face folder", cmd_import},
    {"fill", "CHECKPOINT|DIR TEXT [--top K] [--json]", "fill the [MASK]s of a text", cmd_fill},
    {"inspect", "CHECKPOINT [--verify] [--json]", "what a checkpoint holds", cmd_inspect},
    {"bench", "peak|gemm|step|tokenize|loader …", "measure this machine and this program",
     cmd_bench},
    {"config", "print [CONFIG.yaml] [--set KEY=VALUE]… [--origin]",
     "the options, their values and where those came from", cmd_config},
    {"help", "[COMMAND]", "this text, or a command's", cmd_help},
    {"version", "[--json]", "versions of the program and its libraries", cmd_version},
    {NULL, NULL, NULL, NULL},
};

static const struct command *command_find(const char *name) {
    for (const struct command *c = commands; c->name; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

static int unknown_command(const char *name, struct err *err) {
    const struct command *best = commands;
    for (const struct command *c = commands; c->name; c++)
        if (nearest_distance(name, c->name) < nearest_distance(name, best->name))
            best = c;
    return err_set(err, ERR_USAGE, "unknown command '%s'; did you mean '%s'? (try `mpibert help`)",
                   name, best->name);
}

static int dispatch(int argc, char **argv, struct err *err) {
    if (argc < 2)
        return cmd_help(1, argv, err);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return cmd_help(1, argv, err);
    if (strcmp(argv[1], "--version") == 0)
        return cmd_version(1, argv, err);
    const struct command *command = command_find(argv[1]);
    if (command == NULL)
        return unknown_command(argv[1], err);
    return command->run(argc - 1, argv + 1, err);
}

/* The rank as the launcher says it, so that what is wrong before MPI starts is said once. */
static int launched_rank(void) {
    static const char *const names[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK",
                                        "SLURM_PROCID"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (getenv(names[i]))
            return atoi(getenv(names[i]));
    return 0;
}

int main(int argc, char **argv) {
    gemm_choose_core(argv);
    log_set_rank(launched_rank());
    vec_flush_denormals();
    struct err err = {0};
    int code = dispatch(argc, argv, &err) < 0 ? log_error(&err) : 0;
    if (fflush(stdout) != 0 && code == 0) {
        err_errno(&err, "write", "standard output");
        code = log_error(&err);
    }
    return code;
}
