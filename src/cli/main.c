/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert COMMAND …: finds the command, runs it, turns its error into one line and an
 * exit code.  The only file that ends the program in good order. */
#include <stdio.h>
#include <string.h>

#include "mpi/comm.h"
#include "src/base/log.h"
#include "src/base/signals.h"
#include "src/base/timer.h"
#include "src/cli/args.h"
#include "src/cli/commands.h"
#include "src/cli/job.h"
#include "src/cli/usage.h"
#include "src/kernels/openblas.h"
#include "src/kernels/vec.h"

static int run_on_ranks(const struct args *args, int argc, char **argv,
                        struct err *err) {
    struct comm *comm;
    if (args->command->listens)
        signals_listen();
    int rc = job_begin(&comm, argc, argv, 0, err);
    if (rc == 0)
        rc = args->command->job(comm, args, err);
    return job_end(comm, rc, err);
}

/* argv[0] is the command's name. */
static int run(const struct command *command, int argc, char **argv, struct err *err) {
    struct args args;
    int own = commands_is_part(command) ? 2 : 1; /* words of its name */
    int rc = args_parse(&args, command, argc - own, argv + own, err);
    if (rc == 0 && !args.help && command->check)
        rc = command->check(&args, err);
    if (rc == 0 && args.help)
        usage_print(command);
    else if (rc == 0 && command->job)
        rc = run_on_ranks(&args, argc, argv, err);
    else if (rc == 0)
        rc = command->run(&args, err);
    args_fini(&args);
    return rc;
}

static bool is_one(const char *word, const char *a, const char *b) {
    return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

/* A command that has parts, without one. */
static int no_part(const struct command *command, int argc, char **argv,
                   struct err *err) {
    struct str parts = {0};
    if (argc > 1 && is_one(argv[1], "-h", "--help")) {
        usage_print(command);
        return 0;
    }
    commands_list_parts(command, &parts);
    err_set(err, ERR_USAGE, "%s: first say which: %s (try `mpibert help %s`)",
            command->name, parts.data, command->name);
    str_fini(&parts);
    return -1;
}

static int dispatch(int argc, char **argv, struct err *err) {
    static char help[] = "help", version[] = "version";
    char *words[] = {help, NULL};
    if (argc < 2 || is_one(argv[1], "-h", "--help"))
        argc = 1, argv = words;
    else if (strcmp(argv[1], "--version") == 0)
        argc = 1, words[0] = version, argv = words;
    else
        argc--, argv++;
    const struct command *command = commands_find(argc, argv, err);
    if (command == NULL)
        return -1;
    if (commands_has_parts(command))
        return no_part(command, argc, argv, err);
    return run(command, argc, argv, err);
}

/* A rank that had nothing to do with MPI (--help, tokenize, an error of its command
 * line) beside one that has: that one would wait for ever.  What all of them say is
 * said once. */
static int join(int argc, char **argv, int rc, struct err *err) {
    struct comm *comm;
    rc = job_begin(&comm, argc - 1, argv + 1, rc, err);
    return job_end(comm, rc, err);
}

int main(int argc, char **argv) {
    timer_begin();
    openblas_choose_core(argv);
    vec_flush_denormals();
    struct err err = {0};
    int rc = dispatch(argc, argv, &err);
    if (comm_is_awaited())
        rc = join(argc, argv, rc, &err);
    int code = rc < 0 ? log_error(&err) : 0;
    if (fflush(stdout) != 0 && code == 0) {
        err_errno(&err, "write", "standard output");
        code = log_error(&err);
    }
    return code;
}
