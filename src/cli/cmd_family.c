/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert family: many pretraining seeds, and shapes, in one job. */
#include "src/cli/args.h"
#include "src/cli/command.h"
#include "src/cli/job.h"
#include "src/train/family.h"

static int job(struct comm *comm, const struct args *args, struct err *err) {
    return job_run(comm, &args->settings, args->words.list[0], family_run, err);
}

struct request {
    const char *deadline; /* a setting */
};

static const struct arg options[] = {
    ARG_SETTING("--deadline", "TIME", deadline, NULL, "train.deadline",
                "save and stop before then: seconds since 1970, or "
                "2026-01-31T18:00:00"),
    ARG_END};

const struct command cmd_family = {
    .name = "family",
    .words = "CONFIG.yaml",
    .summary = "Pretrain many seeds, and shapes, in one job",
    .example =
        "  mpirun -n 16 mpibert family run.yaml --set family.seeds=0..24\n"
        "  mpirun -n 16 mpibert family run.yaml --set train.data_seed=0    # read once "
        "for all\n\n"
        "Shapes are rows of the file:\n\n"
        "  family: {seeds: [0, 1], shapes: [tiny, {preset: mini, layers: 3}]}\n",
    .options = options,
    .request_bytes = sizeof(struct request),
    .settings = true,
    .listens = true,
    .job = job};
