/* SPDX-License-Identifier: Apache-2.0 */
/* One fine-tuning: see tuning.h.  The step is pretraining's own (train/step.h), with
 * the objective of the task in place of mlm and nsp. */
#include "src/tune/tuning.h"

#include <math.h>
#include <string.h>

#include "src/base/die.h"
#include "src/base/mem.h"
#include "src/base/timer.h"
#include "src/judge/sheet.h"
#include "src/model/bert.h"
#include "src/train/program.h"
#include "src/task/questions.h"
#include "src/train/step.h"
#include "src/train/wishes.h"
#include "src/tune/answers.h"
#include "src/tune/balance.h"
#include "src/tune/feed.h"
#include "src/tune/keep.h"
#include "src/tune/rates.h"

/* A fine-tuning that runs. */
struct run {
    const struct tuning *tuning;
    struct comm *group;   /* borrowed */
    struct config config; /* of this seed */
    struct shape shape;
    struct params_table table;
    struct stepper *stepper;
    struct tune_feed feed;
    float *class_weights; /* (shape.C) owned, or NULL */
    float *best; /* (table.total) weights of the best epoch, if asked for; owned */
    struct str said[TASK_DEVS]; /* of TASK_ANSWER: its last answers as JSON */
};

static size_t weights_bytes(const struct run *run) {
    return run->table.total * sizeof(float);
}

/* ---- what it is ---- */

static int64_t steps_of(const struct tuning *tuning) {
    const struct config *c = tuning->config;
    int64_t per_epoch =
        (tuning->taskset->train.count + c->finetune_batch - 1) / c->finetune_batch;
    return c->finetune_steps != CONFIG_UNSET
               ? c->finetune_steps
               : (int64_t)ceil(c->finetune_epochs * (double)per_epoch);
}

/* The optimizer moves a weight in the time of so many operations. */
enum { MOVE = 200 };

double tuning_work(const struct tuning *tuning) {
    const struct taskset *t = tuning->taskset;
    const struct shape *s = &tuning->bundle->shape;
    double matrices = (double)(s->L * s->H * (4 * s->A * s->D + 2 * s->F));
    double asked = 0, steps = (double)steps_of(tuning);
    double trained =
        steps * (double)tuning->config->finetune_batch / (double)t->train.count;
    for (int i = 0; i < t->dev_count; i++)
        asked += (double)t->dev[i].ids.count;
    return 2 * matrices * (3 * trained * (double)t->train.ids.count + asked) +
           MOVE * (double)tuning->bundle->table.total * steps;
}

void tuning_key(const struct tuning *tuning, char key[HASH_HEX_SIZE]) {
    const struct bundle *bundle = tuning->bundle;
    struct str all = {0};
    char weights[HASH_HEX_SIZE];
    hash_hex(hash128(bundle->weights.data, bundle->table.total * sizeof(float)),
             weights);
    config_dump(tuning->config, &all);
    str_printf(&all, "\n%s\n%s\n%lld\n", weights, tuning->taskset->hash,
               (long long)tuning->seed);
    str_append(&all, bundle->vocab.text, bundle->vocab.text_size);
    hash_hex(hash128(all.data, all.size), key);
    str_fini(&all);
}

int tuning_check(const struct tuning *tuning, struct err *err) {
    const struct config *c = tuning->config;
    int64_t layers = tuning->bundle->shape.L;
    float *class_weights;
    if (c->finetune_freeze_layers > layers && c->finetune_freeze_layers != CONFIG_ALL)
        return err_set(err, ERR_CONFIG,
                       "finetune.freeze_layers: the model has %lld layers",
                       (long long)layers);
    int rc =
        balance_read(c->finetune_class_weights, tuning->taskset, &class_weights, err);
    mem_free(class_weights);
    return rc;
}

/* ---- beginning ---- */

/* The options with its seed, its steps and its objective. */
static void settle(struct run *run) {
    const struct tuning *tuning = run->tuning;
    struct config *c = &run->config;
    config_copy(c, tuning->config);
    enum objective_id id = kinds[tuning->taskset->task.kind].objective;
    CHECK(config_set(c, "train.objectives", objective_words[id].name, "task", NULL) ==
          0);
    if (tuning->taskset->task.kind == TASK_ANSWER) /* as its folder will say */
        c->task_no_answer = tuning->taskset->train.questions->none;
    c->train_seed = tuning->seed;
    c->train_steps = steps_of(tuning);
    c->train_warmup_steps = (int64_t)ceil(c->finetune_warmup * (double)c->train_steps);
}

static int64_t longest(const struct taskset *taskset) {
    int32_t most = taskset->train.longest;
    for (int i = 0; i < taskset->dev_count; i++)
        if (taskset->dev[i].longest > most)
            most = taskset->dev[i].longest;
    for (int i = 0; i < taskset->test_count; i++)
        if (taskset->test[i].longest > most)
            most = taskset->test[i].longest;
    return most;
}

static int64_t most_spans(const struct taskset *taskset) {
    int32_t most = taskset->train.most_spans;
    for (int i = 0; i < taskset->dev_count; i++)
        if (taskset->dev[i].most_spans > most)
            most = taskset->dev[i].most_spans;
    return most;
}

static struct keep keep_of(const struct run *run) {
    return (struct keep){.bundle = run->tuning->bundle,
                         .taskset = run->tuning->taskset,
                         .config = &run->config,
                         .shape = &run->shape,
                         .weights = stepper_weights(run->stepper)};
}

static int begin(struct run *run, struct comm *group, struct err *err) {
    const struct tuning *tuning = run->tuning;
    struct str fresh = {0};
    settle(run);
    if (balance_read(run->config.finetune_class_weights, tuning->taskset,
                     &run->class_weights, err) < 0)
        return -1;
    run->shape = tuning->bundle->shape;
    run->shape.C = taskset_width(tuning->taskset);
    const struct program *program = program_of(&run->config);
    program->layout(&run->table, &run->config, &run->shape);
    rates_set(&run->table, &run->config, run->shape.L);
    const struct stepper_options options = {
        .config = &run->config,
        .shape = run->shape,
        .table = &run->table,
        .max_sequences = run->config.finetune_batch * most_spans(tuning->taskset),
        .max_length = longest(tuning->taskset),
        .program = program};
    run->stepper = stepper_create(&options, group);
    feed_init(&run->feed, &tuning->taskset->train, run->config.finetune_batch,
              (uint64_t)tuning->seed);
    run->feed.in_order = run->config.finetune_shuffle == 0;
    run->feed.class_weights = run->class_weights;
    run->feed.rank = comm_rank(group);
    run->feed.ranks = comm_size(group);
    if (run->config.finetune_best == 1)
        run->best = mem_alloc(run->table.total, sizeof *run->best);
    struct params *weights = stepper_weights(run->stepper);
    model_init(weights, (uint64_t)tuning->seed, run->config.model_init_range);
    int rc = bundle_copy(tuning->bundle, weights, &fresh, err);
    str_fini(&fresh);
    const struct keep keep = keep_of(run);
    return rc == 0 && tuning->folder ? keep_check(&keep, err) : rc;
}

static void finish(struct run *run) {
    feed_fini(&run->feed);
    for (int i = 0; i < TASK_DEVS; i++)
        str_fini(&run->said[i]);
    mem_free(run->class_weights);
    mem_free(run->best);
    stepper_destroy(run->stepper);
    params_table_fini(&run->table);
    config_fini(&run->config);
}

/* ---- answers ---- */

/* Logits (*count) of all rows of such examples, owned; NULL (70): they are no numbers,
 * and so no answers. */
static float *ask(struct run *run, const struct examples *d, size_t *count,
                  struct err *err) {
    int64_t C = run->shape.C;
    *count = examples_row(d, d->count) * (size_t)C;
    float *logits = mem_alloc(*count, sizeof *logits);
    answers_ask(stepper_model(run->stepper), stepper_weights(run->stepper), C, d,
                run->config.finetune_batch, run->group, logits);
    if (answers_are_finite(d, C, logits))
        return logits;
    mem_free(logits);
    err_set(err, ERR_INTERNAL, "its answers are NaN or infinite");
    return NULL;
}

/* Answers to the questions of dev file i, in order. */
static int ask_dev(struct run *run, int i, struct hasher *hasher, float *answers,
                   struct err *err) {
    const struct examples *d = &run->tuning->taskset->dev[i];
    size_t count;
    float *logits = ask(run, d, &count, err);
    if (logits == NULL)
        return -1;
    answers_take(d, run->shape.C, logits, answers);
    str_clear(&run->said[i]);
    if (d->kind == TASK_ANSWER)
        answers_json(d, logits, &run->said[i]);
    hasher_update(hasher, logits, count * sizeof *logits);
    mem_free(logits);
    return 0;
}

/* What it says now to the questions of all dev files, and the hash of its logits. */
static int answer(struct run *run, struct prediction_sets *dev,
                  char hash[HASH_HEX_SIZE], struct err *err) {
    const struct tuning *tuning = run->tuning;
    const struct bundle *bundle = tuning->bundle;
    const struct prediction_run who = {
        .release = {.data = bundle->name, .size = strlen(bundle->name)},
        .pretraining_seed = bundle->file.size ? bundle->config.train_seed : -1,
        .step = bundle->step,
        .rate = run->config.train_learning_rate,
        .seed = tuning->seed};
    struct hasher *hasher = hasher_create();
    int rc = 0;
    dev->count = tuning->taskset->dev_count;
    dev->sets = mem_alloc((size_t)dev->count, sizeof *dev->sets);
    for (int i = 0; rc == 0 && i < dev->count; i++) {
        struct predictions *set = &dev->sets[i];
        taskset_questions(tuning->taskset, i, set);
        rc = ask_dev(run, i, hasher, predictions_add_run(set, &who), err);
    }
    hash_hex(hasher_digest(hasher), hash);
    hasher_destroy(hasher);
    return rc;
}

/* ---- epochs, where they are watched ---- */

static bool is_watched(const struct run *run) {
    return run->best || run->config.finetune_patience != CONFIG_UNSET;
}

/* By the task's first metric; of several files the mean. */
static double score_of(const struct task *task, const struct prediction_sets *dev) {
    struct slice rest = slice_of(task->metrics), name;
    CHECK(slice_field(&rest, ' ', &name));
    const struct metric *metric = metric_find(name, NULL);
    double sum = 0, score = NAN;
    for (int i = 0; i < dev->count; i++) {
        struct sheet sheet;
        if (sheet_init(&sheet, &dev->sets[i], metric, NULL) == 0)
            sheet_score(&sheet, &score);
        sheet_fini(&sheet);
        sum += score;
    }
    return sum / dev->count;
}

static int watch_epoch(struct run *run, struct watch *watch, struct err *err) {
    struct prediction_sets dev = {0};
    char hash[HASH_HEX_SIZE];
    int rc = answer(run, &dev, hash, err);
    if (rc == 0 && watch_add(watch, score_of(&run->tuning->taskset->task, &dev)) &&
        run->best)
        memcpy(run->best, stepper_weights(run->stepper)->data, weights_bytes(run));
    prediction_sets_fini(&dev);
    return rc;
}

/* After a step: 1 to stop here, 0, or -1. */
static int watch_step(struct run *run, struct outcome *outcome, int64_t step,
                      struct err *err) {
    int64_t patience = run->config.finetune_patience;
    bool last = step == outcome->steps;
    if (!is_watched(run) || (step % feed_epoch_steps(&run->feed) != 0 && !last))
        return 0;
    if (watch_epoch(run, &outcome->watch, err) < 0)
        return -1;
    if (patience == CONFIG_UNSET || last || !watch_is_over(&outcome->watch, patience))
        return 0;
    outcome->stopped = step;
    return 1;
}

/* ---- training ---- */

static uint32_t look_out(const struct tuning *tuning) {
    return wishes_signalled() | (tuning->look ? tuning->look(tuning->context) : 0);
}

static int train(struct run *run, struct outcome *outcome, struct err *err) {
    int over = 0;
    for (int64_t step = 1; step <= outcome->steps && over == 0; step++) {
        struct step_report report;
        const struct step_input input = {.batch = feed_step(&run->feed, step),
                                         .wishes = look_out(run->tuning)};
        if (stepper_run(run->stepper, step, &input, &report, err) < 0)
            return -1;
        if (wishes_stop(report.wishes))
            return wishes_stopped(report.wishes, step, err);
        outcome_add_loss(outcome, step, report.loss);
        over = watch_step(run, outcome, step, err);
    }
    if (over < 0)
        return -1;
    if (run->best)
        memcpy(stepper_weights(run->stepper)->data, run->best, weights_bytes(run));
    return 0;
}

/* ---- the door ---- */

/* Answers to the dev files in words, of tasks that have such. */
static void put_in_words(struct run *run, struct outcome *outcome) {
    for (int i = 0; i < run->tuning->taskset->dev_count; i++) {
        if (run->said[i].size == 0)
            continue;
        struct outcome_text *text = outcome_add_text(outcome);
        str_printf(&text->name, "%s.json", outcome->dev.sets[i].name.data);
        str_append(&text->text, run->said[i].data, run->said[i].size);
    }
}

static int answer_test(struct run *run, int i, struct outcome *outcome,
                       struct err *err) {
    const struct taskset *t = run->tuning->taskset;
    size_t count;
    float *logits = ask(run, &t->test[i], &count, err);
    if (logits == NULL)
        return -1;
    struct outcome_text *text = outcome_add_text(outcome);
    float *answers = mem_alloc((size_t)t->test[i].count, sizeof *answers);
    answers_take(&t->test[i], run->shape.C, logits, answers);
    taskset_answers_name(t, i, &text->name);
    answers_upload(t, i, answers, &text->text);
    mem_free(answers);
    mem_free(logits);
    return 0;
}

/* To all questions of dev and test files. */
static int answer_all(struct run *run, struct outcome *outcome, struct err *err) {
    int rc = answer(run, &outcome->dev, outcome->answers, err);
    for (int i = 0; rc == 0 && i < run->tuning->taskset->test_count; i++)
        rc = answer_test(run, i, outcome, err);
    if (rc == 0)
        put_in_words(run, outcome);
    return rc;
}

static int keep_it(struct run *run, struct err *err) {
    const struct tuning *tuning = run->tuning;
    if (tuning->folder == NULL || comm_rank(run->group) != 0)
        return 0;
    const struct keep keep = keep_of(run);
    return keep_model(&keep, tuning->folder, err);
}

/* Numbers that are none are an outcome (what follows in the words is a cure for
 * pretraining).  To be stopped is none: the job will be done again. */
static int take_fault(struct outcome *outcome, const struct err *fault,
                      struct err *err) {
    if (fault->code == ERR_STOPPED) {
        *err = *fault;
        return -1;
    }
    str_append(&outcome->fault, fault->text, strcspn(fault->text, ";"));
    return 0;
}

int tuning_run(const struct tuning *tuning, struct comm *group, struct outcome *outcome,
               struct err *err) {
    struct run run = {.tuning = tuning, .group = group};
    struct err fault = {0};
    double start = timer_now();
    *outcome = (struct outcome){.seed = tuning->seed, .steps = steps_of(tuning)};
    tuning_key(tuning, outcome->key);
    int rc = begin(&run, group, err);
    if (rc == 0 &&
        (train(&run, outcome, &fault) < 0 || answer_all(&run, outcome, &fault) < 0))
        rc = take_fault(outcome, &fault, err);
    else if (rc == 0)
        rc = keep_it(&run, err);
    outcome->seconds = timer_now() - start;
    finish(&run);
    return rc;
}
