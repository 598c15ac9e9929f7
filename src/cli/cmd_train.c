/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert train: a run, from its beginning or from its newest checkpoint. */
#include "src/cli/args.h"
#include "src/cli/command.h"
#include "src/cli/job.h"
#include "src/train/trainer.h"

static int job(struct comm *comm, const struct args *args, struct err *err) {
    return job_run(comm, &args->settings, args->words.list[0], trainer_run, err);
}

const struct command cmd_train = {
    .name = "train",
    .words = "CONFIG.yaml",
    .summary = "Pretrain a model, or go on with a run",
    .example =
        "  mpirun -n 8 mpibert train run.yaml          # again: goes on where it was\n"
        "  mpibert train run.yaml --set train.steps=5000 --train.learning_rate 5e-5\n\n"
        "run.yaml, with what there is no default for or what is mostly set:\n\n"
        "  data:       {sources: [{path: \"shards/*.tar.gz\"}],\n"
        "               heldout: [{path: heldout.txt}], vocab: vocab.txt}\n"
        "  model:      {preset: tiny}                  # tiny mini small medium base "
        "large\n"
        "  train:      {sequence_length: 128, lanes: 16, lane_batch: 16, steps: 3000}\n"
        "  checkpoint: {dir: run, every_steps: 500, keep: 3}\n",
    .settings = true,
    .job = job};
