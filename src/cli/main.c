/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert COMMAND …: finds the command, runs it, turns its error into one line and an
 * exit code.  The only file that ends the program in good order. */
#include <stdio.h>
#include <string.h>

#include "mpi/comm.h"
#include "src/base/log.h"
#include "src/cli/command.h"
#include "src/cli/job.h"
#include "src/core/nearest.h"
#include "src/kernels/openblas.h"
#include "src/kernels/vec.h"

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
    return err_set(err, ERR_USAGE,
                   "unknown command '%s'; did you mean '%s'? (try `mpibert help`)",
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

/* A rank that had nothing to do with MPI (--help, tokenize) beside one that has: that
 * one would wait for ever. */
static int join(int argc, char **argv, struct err *err) {
    struct comm *comm;
    int rc = job_begin(&comm, argc - 1, argv + 1, 0, err);
    return job_end(comm, rc, err);
}

int main(int argc, char **argv) {
    openblas_choose_core(argv);
    vec_flush_denormals();
    struct err err = {0};
    int code = dispatch(argc, argv, &err) < 0 ? log_error(&err) : 0;
    if (code == 0 && comm_is_awaited() && join(argc, argv, &err) < 0)
        code = log_error(&err);
    if (fflush(stdout) != 0 && code == 0) {
        err_errno(&err, "write", "standard output");
        code = log_error(&err);
    }
    return code;
}
