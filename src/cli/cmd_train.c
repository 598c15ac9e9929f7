/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert train: a run, from its beginning or from its newest checkpoint. */
#include "src/cli/args.h"
#include "src/cli/command.h"
#include "src/cli/job.h"
#include "src/train/trainer.h"

int cmd_train(int argc, char **argv, struct err *err) {
    const struct arg table[] = {{NULL, ARG_FLAG, NULL, NULL}};
    struct args args = {.command = "train",
                        .table = table,
                        .takes_settings = true,
                        .least = 1,
                        .most = 1};
    struct comm *comm;
    struct config config = {0};
    int rc = args_parse(&args, argc, argv, err);
    if (args.help) {
        args_fini(&args);
        return 0;
    }
    rc = job_begin(&comm, argc, argv, rc, err);
    if (rc == 0)
        rc = job_config(comm, &args, args.words.list[0], &config, err);
    if (rc == 0)
        rc = trainer_run(comm, &config, err);
    rc = job_end(comm, rc, err);
    config_fini(&config);
    args_fini(&args);
    return rc;
}
