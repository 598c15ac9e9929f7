/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert finetune: how good a pretrained model is on tasks, over many seeds. */
#include <stdio.h>

#include "io/syntax/json.h"
#include "mpi/agree.h"
#include "src/base/mem.h"
#include "src/cli/args.h"
#include "src/cli/command.h"
#include "src/cli/job.h"
#include "src/cli/paths.h"
#include "src/train/inputs.h"
#include "src/train/threads.h"
#include "src/tune/farm.h"
#include "src/tune/report.h"
#include "src/tune/submit.h"

/* The end of such a line. */
static void tell_epochs(const struct outcome *o) {
    const struct watch *w = &o->watch;
    if (o->stopped > 0)
        printf("; stopped after epoch %lld", (long long)w->epochs);
    if (w->epochs > 0)
        printf("; best on dev after epoch %lld: %.4f", (long long)w->best,
               w->scores[w->best - 1]);
    printf("\n");
}

/* On any rank: a line for each job that it did. */
static void tell(const struct farm_task *task, const struct outcome *o) {
    const char *name = task->taskset.task.name;
    if (o->fault.size > 0)
        printf("%s seed %lld: %s\n", name, (long long)o->seed, o->fault.data);
    else
        printf("%s seed %lld: %lld steps in %.1f s, loss %.4f to %.4f", name,
               (long long)o->seed, (long long)(o->stopped ? o->stopped : o->steps),
               o->seconds, o->losses[0], o->losses[o->loss_count - 1]);
    if (o->fault.size == 0)
        tell_epochs(o);
    fflush(stdout);
}

static void print_json(const struct results *results, int count) {
    struct str text = {0};
    struct json_writer w = {.out = &text};
    if (count > 1)
        json_open(&w, NULL, '[');
    for (int i = 0; i < count; i++)
        results_json(&results[i], &w);
    if (count > 1)
        json_close(&w, ']');
    printf("%s\n", text.data);
    str_fini(&text);
}

static void print_usage(const struct farm *farm) {
    const struct farm_usage *u = &farm->usage;
    int ranks = comm_size(farm->comm);
    if (u->jobs > 0)
        printf("%lld jobs in %.1f s; ranks were at work for %.1f %% of it\n",
               (long long)u->jobs, u->seconds, 100 * u->busy / (u->seconds * ranks));
}

static void print_table(const struct farm *farm, const struct results *results) {
    struct str text = {0};
    report_print(results, farm->task_count, REPORT_SCREEN, &text);
    fwrite(text.data, 1, text.size, stdout);
    print_usage(farm);
    printf("models, answers and results are in %s\n", farm->asked->finetune_out);
    if (farm->asked->finetune_submit)
        printf(
            "answers to the test sets, to be packed into a zip for gluebenchmark.com, "
            "are in %s\n",
            farm->asked->finetune_submit);
    str_fini(&text);
}

/* Rank 0: all results, in files and on the screen. */
static int report(const struct farm *farm, bool json, struct err *err) {
    const char *submit = farm->asked->finetune_submit;
    struct results *results = report_farm(farm, err);
    if (results == NULL)
        return -1;
    int rc = submit ? submit_write(results, farm->task_count, submit, err) : 0;
    if (rc == 0 && json)
        print_json(results, farm->task_count);
    else if (rc == 0)
        print_table(farm, results);
    report_free(results, farm->task_count);
    return rc;
}

static int run(struct comm *comm, const struct config *config, bool json,
               struct err *err) {
    struct farm farm;
    struct binding *binding = threads_begin(comm);
    mem_advise(
        "lower finetune.batch or train.chunk_tokens, set train.recompute: layer, "
        "or start fewer ranks");
    threads_bind(binding);
    int rc = farm_open(&farm, comm, config, err);
    if (rc == 0) {
        inputs_note_kernels(comm);
        farm.done = json ? NULL : tell;
        rc = farm_run(&farm, err);
        if (rc == 0 && comm_rank(comm) == 0)
            rc = report(&farm, json, err);
        rc = comm_agree(comm, rc, err);
        farm_close(&farm);
    }
    binding_destroy(binding);
    return rc;
}

/* What must be set, by an option of the command or by its key. */
static int check_set(const struct config *config, const char *key, const char *flag,
                     struct err *err) {
    const char *const *set = options_value(config, options_find(key));
    if (*set == NULL)
        return err_set(err, ERR_USAGE, "finetune: %s or %s is needed", flag, key);
    return 0;
}

static int take_words(struct config *config, const char *word, struct err *err) {
    if (!paths_is_yaml(word) &&
        config_set(config, "finetune.tasks", word, "TASK", err) < 0)
        return -1;
    if (check_set(config, "finetune.tasks", "TASK", err) < 0 ||
        check_set(config, "finetune.data", "--data", err) < 0 ||
        check_set(config, "finetune.from", "--from", err) < 0 ||
        check_set(config, "finetune.out", "--out", err) < 0)
        return -1;
    return 0;
}

struct request {
    const char *data, *from, *out, *recipe, *seeds, *submit; /* settings */
    bool json;
};

static const struct arg options[] = {
    ARG_SETTING("--data", "DIR", data, NULL, "finetune.data",
                "folder of the task's files"),
    ARG_SETTING("--from", "CHECKPOINT|DIR", from, NULL, "finetune.from",
                "checkpoint, run or Hugging Face folder"),
    ARG_SETTING("-o, --out", "DIR", out, NULL, "finetune.out",
                "folder for results, predictions and models"),
    ARG_SETTING("--recipe", "R", recipe, NULL, "finetune.recipe",
                "whose options of training count where none are given"),
    ARG_SETTING("--seeds", "N", seeds, NULL, "finetune.seeds", "how many fine-tunings"),
    ARG_SETTING("--submit", "DIR", submit, NULL, "finetune.submit",
                "folder for answers to GLUE's test sets, to be uploaded"),
    ARG_FLAG("--json", json, "the results as JSON on standard output"),
    ARG_END};

static int job(struct comm *comm, const struct args *args, struct err *err) {
    const struct request *r = args->request;
    const char *word = args->words.list[0];
    struct config config;
    if (job_config(comm, &args->settings, paths_is_yaml(word) ? word : NULL, &config,
                   err) < 0)
        return -1;
    int rc = take_words(&config, word, err);
    if (rc == 0)
        rc = run(comm, &config, r->json, err);
    config_fini(&config);
    return rc;
}

const struct command cmd_finetune = {
    .name = "finetune",
    .words = "TASK|CONFIG.yaml",
    .summary = "Judge a model by tasks, over many seeds",
    .example =
        "  mpirun -n 8 mpibert finetune rte --data glue/RTE --from run --out rte "
        "--seeds 10\n"
        "  mpibert finetune own --data mine --from my-bert --out mine/out \\\n"
        "      --set task.format=csv --set task.text=review --set task.label=stars\n",
    .options = options,
    .request_bytes = sizeof(struct request),
    .settings = true,
    .listens = true,
    .job = job};
