/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert family: many pretraining seeds in one job. */
#include "src/cli/args.h"
#include "src/cli/command.h"
#include "src/cli/job.h"
#include "src/train/family.h"

int cmd_family(int argc, char **argv, struct err *err) {
    const struct arg table[] = {{NULL, ARG_FLAG, NULL, NULL}};
    struct args args = {.command = "family",
                        .table = table,
                        .takes_settings = true,
                        .least = 1,
                        .most = 1};
    return job_run(&args, argc, argv, family_run, err);
}
