/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert train: a run, from its beginning or from its newest checkpoint. */
#include "mpi/agree.h"
#include "src/cli/args.h"
#include "src/cli/command.h"
#include "src/train/trainer.h"

int cmd_train(int argc, char **argv, struct err *err) {
    const struct arg table[] = {{NULL, ARG_FLAG, NULL, NULL}};
    struct args args = {
        .command = "train", .table = table, .takes_settings = true, .least = 1, .most = 1};
    if (args_parse(&args, argc, argv, err) < 0)
        return -1;
    if (args.help)
        return 0;
    struct comm *comm = comm_create(&argc, &argv, err);
    if (comm == NULL)
        return -1;
    struct config config;
    int rc = args_config(&args, args.words.list[0], &config, err);
    int all = comm_agree(comm, rc, err);
    if (all == 0)
        all = trainer_run(comm, &config, err);
    if (rc == 0)
        config_fini(&config);
    comm_destroy(comm);
    args_fini(&args);
    return all;
}
