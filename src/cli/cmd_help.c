/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert help, mpibert version: what there is. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "mpi/comm.h"
#include "src/cli/args.h"
#include "src/cli/command.h"
#include "src/kernels/gemm.h"
#include "src/kernels/vec.h"

static void print_overview(void) {
    printf("mpibert " MPIBERT_VERSION ": pretrains BERT on CPU clusters.\n\n"
           "usage: mpibert COMMAND …        (train, eval, vocab, corpus, bench also "
           "under mpirun)\n\n");
    for (const struct command *c = commands; c->name; c++)
        printf("  %-10s %s\n", c->name, c->help);
    printf("\nA first run:\n"
           "  mpibert vocab --size 30522 --out vocab.txt 'shards/*.tar.gz'\n"
           "  mpirun -n 8 mpibert train run.yaml      # `mpibert help train` shows a "
           "run.yaml\n"
           "  mpibert export run my-bert              # for transformers\n\n"
           "Exit codes: 0 done, 64 usage, 65 bad data, 66 missing file, 70 internal "
           "error or\n"
           "numbers that are no numbers, 74 input or output, 75 stopped: start it\n"
           "again, 78 configuration, or a place where something else lies.\n");
}

int cmd_help(int argc, char **argv, struct err *err) {
    if (argc < 2 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0) {
        print_overview();
        return 0;
    }
    for (const struct command *c = commands; c->name; c++) {
        if (strcmp(c->name, argv[1]) != 0)
            continue;
        if (c->run == cmd_help) {
            print_overview();
            return 0;
        }
        char option[] = "--help"; /* after a sub-command, if one is asked about */
        char *words[] = {argv[1], argc > 2 ? argv[2] : option, argc > 2 ? option : NULL,
                         NULL};
        return c->run(argc > 2 ? 3 : 2, words, err);
    }
    return err_set(err, ERR_USAGE,
                   "help: no command is called '%s' (try `mpibert help`)", argv[1]);
}

int cmd_version(int argc, char **argv, struct err *err) {
    bool json = false;
    const struct arg table[] = {{"--json", ARG_FLAG, &json, "one JSON object"},
                                {NULL, ARG_FLAG, NULL, NULL}};
    struct args args = {.command = "version", .table = table};
    int rc = args_parse(&args, argc, argv, err);
    if (rc < 0 || args.help)
        ;
    else if (json)
        printf("{\"mpibert\": \"%s\", \"blas\": \"%s\", \"mpi\": \"%s\", \"kernels\": "
               "\"%s\"}\n",
               MPIBERT_VERSION, gemm_describe(), comm_describe(), vec_describe());
    else
        printf("mpibert %s\nblas     %s\nmpi      %s\nkernels  %s\n", MPIBERT_VERSION,
               gemm_describe(), comm_describe(), vec_describe());
    args_fini(&args);
    return rc;
}
