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
    return job_run(&args, argc, argv, trainer_run, err);
}
