/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert train: a run, from its beginning or from its newest checkpoint. */
#include "io/ckpt/ckpt.h"
#include "mpi/agree.h"
#include "src/base/parse.h"
#include "src/cli/args.h"
#include "src/cli/command.h"
#include "src/cli/job.h"
#include "src/dictionary/refresh.h"
#include "src/train/replay.h"
#include "src/train/trainer.h"
#include "src/train/tutor.h"
#include "src/tune/probe.h"

struct request {
    struct words branch;                    /* STEP|CHECKPOINT and DIR, or nothing */
    const char *change, *deadline, *replay; /* settings */
};

static const struct arg options[] = {
    ARG_LIST(
        "--branch", "STEP|CHECKPOINT DIR", branch, NULL,
        "begin in DIR from a checkpoint, or a step of checkpoint.dir, as if it were "
        "this run's own"),
    ARG_SETTING("--allow-change", "KEY,…", change, NULL, "train.allow_change",
                "options that may be others than in the checkpoint"),
    ARG_SETTING("--deadline", "TIME", deadline, NULL, "train.deadline",
                "save and stop before then: seconds since 1970, or "
                "2026-01-31T18:00:00"),
    ARG_SETTING("--replay", "STEP", replay, NULL, "train.replay",
                "make a step once more and say what is not finite in it; nothing is "
                "saved"),
    ARG_END};

static int check(const struct args *args, struct err *err) {
    const struct request *r = args->request;
    if (r->branch.count == 0 || r->branch.count == 2)
        return 0;
    return args_refuse(args, err, "--branch takes a step or checkpoint, and a folder");
}

/* checkpoint.dir is still the parent's. */
static int take_branch(struct config *config, const struct words *branch,
                       struct err *err) {
    struct str from = {0};
    int64_t step;
    if (parse_int(branch->list[0], &step) == 0)
        ckpt_path(config->checkpoint_dir, step, &from);
    else
        str_printf(&from, "%s", branch->list[0]);
    int rc = config_set(config, "train.branch_from", from.data, "--branch", err);
    if (rc == 0)
        rc = config_set(config, "checkpoint.dir", branch->list[1], "--branch", err);
    str_fini(&from);
    return rc;
}

/* What is wrong with tasks or teacher ends the job before training begins. */
static int prepare(struct crew *crew, struct tutor **tutor, const struct config *config,
                   struct err *err) {
    int rc = 0;
    if (crew->role == CREW_JUDGE)
        rc = probe_check(crew, config, err);
    if (crew->role == CREW_TUTOR)
        rc = tutor_open(tutor, crew, config, err);
    return crew->mail || crew->lessons ? comm_agree(crew->all, rc, err) : 0;
}

/* Ranks that are lent judge, or hold the teacher, while the others train. */
static int run(struct comm *comm, const struct config *config, struct err *err) {
    struct crew crew;
    struct tutor *tutor = NULL;
    if (crew_open(&crew, comm, config, err) < 0)
        return -1;
    int rc = prepare(&crew, &tutor, config, err);
    if (rc == 0 && crew.role == CREW_JUDGE)
        probe_serve(&crew, config);
    else if (rc == 0 && crew.role == CREW_TUTOR)
        tutor_serve(tutor);
    else if (rc == 0)
        rc = trainer_run(&crew, config, err);
    tutor_close(tutor);
    crew_close(&crew);
    return rc;
}

/* The step before the one that is made once more tells who taught it. */
static int replay(struct comm *comm, const struct config *config, struct err *err) {
    struct config stage;
    if (!config_teaches_itself(config))
        return replay_run(comm, config, err);
    if (refresh_stage(config, config->train_replay - 1, &stage, err) < 0)
        return -1;
    int rc = replay_run(comm, &stage, err);
    config_fini(&stage);
    return rc;
}

static int job(struct comm *comm, const struct args *args, struct err *err) {
    const struct request *r = args->request;
    struct config config;
    if (job_config(comm, &args->settings, args->words.list[0], &config, err) < 0)
        return -1;
    int rc = r->branch.count > 0 ? take_branch(&config, &r->branch, err) : 0;
    if (rc == 0 && config.train_replay != CONFIG_UNSET)
        rc = replay(comm, &config, err);
    else if (rc == 0)
        rc = config_teaches_itself(&config) ? refresh_run(comm, &config, run, err)
                                            : run(comm, &config, err);
    config_fini(&config);
    return rc;
}

const struct command cmd_train = {
    .name = "train",
    .words = "CONFIG.yaml",
    .summary = "Pretrain a model, or go on with a run",
    .example =
        "  mpirun -n 8 mpibert train run.yaml          # again: goes on where it was\n"
        "  mpibert train run.yaml --set train.steps=5000 --train.learning_rate 5e-5\n"
        "  mpibert train run.yaml --branch 2000 cooled --allow-change train.schedule "
        "\\\n"
        "      --set train.schedule=cosine         # run's step 2000, going on in "
        "cooled\n\n"
        "run.yaml, with what there is no default for or what is mostly set:\n\n"
        "  data:       {sources: [{path: \"shards/*.tar.gz\"}],\n"
        "               heldout: [{path: heldout.txt}], vocab: vocab.txt}\n"
        "  model:      {preset: tiny}                  # tiny mini small medium base "
        "large\n"
        "  train:      {sequence_length: 128, lanes: 16, lane_batch: 16, steps: 3000}\n"
        "  checkpoint: {dir: run, every_steps: 500, keep: 3}\n",
    .options = options,
    .request_bytes = sizeof(struct request),
    .settings = true,
    .listens = true,
    .check = check,
    .job = job};
