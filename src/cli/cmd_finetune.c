/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert finetune: how good a pretrained model is on tasks, over many seeds. */
#include <stdio.h>
#include <string.h>

#include "io/syntax/json.h"
#include "mpi/agree.h"
#include "src/base/mem.h"
#include "src/cli/args.h"
#include "src/cli/command.h"
#include "src/cli/job.h"
#include "src/train/threads.h"
#include "src/tune/farm.h"
#include "src/tune/report.h"

static bool is_yaml(const char *word) {
    size_t n = strlen(word);
    return (n > 5 && strcmp(word + n - 5, ".yaml") == 0) ||
           (n > 4 && strcmp(word + n - 4, ".yml") == 0);
}

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

static void print_table(const struct farm *farm, const struct results *results) {
    struct str text = {0};
    report_print(results, farm->task_count, REPORT_SCREEN, &text);
    fwrite(text.data, 1, text.size, stdout);
    printf("models, answers and results are in %s\n", farm->asked->finetune_out);
    str_fini(&text);
}

/* Rank 0: all results, in files and on the screen. */
static int report(const struct farm *farm, bool json, struct err *err) {
    struct results *results = mem_alloc((size_t)farm->task_count, sizeof *results);
    int rc = 0, done = 0;
    while (rc == 0 && done < farm->task_count) {
        rc = results_init(&results[done], farm, &farm->tasks[done], err);
        if (rc == 0)
            rc = results_write(&results[done++], err);
    }
    if (rc == 0)
        rc = report_write(results, done, farm->asked->finetune_out, err);
    if (rc == 0 && json)
        print_json(results, done);
    else if (rc == 0)
        print_table(farm, results);
    while (done > 0)
        results_fini(&results[--done]);
    mem_free(results);
    return rc;
}

static int run(struct comm *comm, const struct config *config, bool json,
               struct err *err) {
    struct farm farm;
    struct binding *binding = threads_begin(comm);
    mem_advise("lower finetune.batch or train.chunk_tokens, or start fewer ranks");
    threads_bind(binding);
    int rc = farm_open(&farm, comm, config, err);
    if (rc == 0) {
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

/* The words of the command line over the configuration. */
struct request {
    const char *data, *from, *out, *recipe;
    int64_t seeds;
    bool json;
};

static int take(struct config *config, const char *key, const char *value,
                const char *flag, struct err *err) {
    if (value && config_set(config, key, value, flag, err) < 0)
        return -1;
    const char *const *set = options_value(config, options_find(key));
    if (*set == NULL)
        return err_set(err, ERR_USAGE, "finetune: %s or %s is needed", flag, key);
    return 0;
}

static int take_request(struct config *config, const struct request *r,
                        const char *word, struct err *err) {
    const char *task = is_yaml(word) ? NULL : word;
    if (r->seeds > 0)
        config->finetune_seeds = r->seeds;
    if (take(config, "finetune.tasks", task, "TASK", err) < 0 ||
        take(config, "finetune.data", r->data, "--data", err) < 0 ||
        take(config, "finetune.from", r->from, "--from", err) < 0 ||
        take(config, "finetune.out", r->out, "--out", err) < 0 ||
        take(config, "finetune.recipe", r->recipe, "--recipe", err) < 0)
        return -1;
    return 0;
}

int cmd_finetune(int argc, char **argv, struct err *err) {
    struct request r = {0};
    const struct arg table[] = {
        {"--data", ARG_TEXT, &r.data, "folder of the task's files"},
        {"--from", ARG_TEXT, &r.from, "checkpoint, run or Hugging Face folder"},
        {"-o, --out", ARG_TEXT, &r.out, "folder for results, predictions and models"},
        {"--recipe", ARG_TEXT, &r.recipe,
         "hf (transformers' run_glue), google, mlsm, electra"},
        {"--seeds", ARG_INT, &r.seeds, "how many fine-tunings (5)"},
        {"--json", ARG_FLAG, &r.json, "the results as JSON on standard output"},
        {NULL, ARG_FLAG, NULL, NULL}};
    struct args args = {.command = "finetune",
                        .table = table,
                        .takes_settings = true,
                        .least = 1,
                        .most = 1};
    struct config config = {0};
    struct comm *comm;
    int rc = args_parse(&args, argc, argv, err);
    if (args.help) {
        args_fini(&args);
        return 0;
    }
    rc = job_begin(&comm, argc, argv, rc, err);
    if (rc == 0) {
        const char *word = args.words.list[0];
        rc = job_config(comm, &args, is_yaml(word) ? word : NULL, &config, err);
        if (rc == 0) {
            rc = take_request(&config, &r, word, err);
            if (rc == 0)
                rc = run(comm, &config, r.json, err);
            config_fini(&config);
        }
    }
    rc = job_end(comm, rc, err);
    args_fini(&args);
    return rc;
}
