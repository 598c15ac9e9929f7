/* SPDX-License-Identifier: Apache-2.0 */
/* Our half of gradients.py, taught.py and rounded.py: trains on batches that it is
 * given and says what came out.
 *
 *     gradients FOLDER words  writes words.txt: of every objective name, what its
 *                             losses are of ("pairs" or "masked"), whether of text (1)
 *     gradients FOLDER table  writes table.txt: name, offset, elements of every tensor
 *     gradients FOLDER run    writes grads.f32 (of the first step, unclipped) and
 *                             losses.f64 (their sum, a step); of rtd drawn.i32, too:
 *                             what a generator of half the width draws for each masked
 *                             token
 *     gradients FOLDER rounded   the same of one model, with products in bf16
 *
 * FOLDER holds shape.i64 (L H A F V P S C gelu, sequences a step, steps, warm-up
 * steps, kind, E, whether the generator has the embeddings, atoms, relation heads),
 * objectives.txt ("mlm,nsp"), weights.f32 in the order of the table and batch.i32: of
 * every sequence length, split, next, masked, cuts, then ids, masked positions, labels
 * (of regress scores in thousandths), cuts.  What a teacher says of masked rows lies in
 * states.f32, and of all rows in attention.f32; and, of masked rows, logits and codes
 * in .f32 (what), .i32 (of which; not there: of all) and .i64 (where each row begins).
 * Files are in this machine's byte order.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "src/base/die.h"
#include "src/base/file.h"
#include "src/base/mem.h"
#include "src/kernels/precision.h"
#include "src/kernels/vec.h"
#include "src/model/bert.h"
#include "src/model/generator.h"
#include "src/optim/clip.h"
#include "src/optim/optimizers.h"
#include "src/optim/schedule.h"
#include "src/train/program.h"

struct task {
    struct shape shape;
    uint32_t objectives;
    int64_t batch, steps, warmup, relation_heads;
    enum gemm_precision precision;
    struct config config; /* what else there is to say of two models */
};

static const char *in_folder(const char *folder, const char *name) {
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static struct str read_all(const char *folder, const char *name) {
    struct str text = {0};
    struct err err;
    if (file_read(in_folder(folder, name), (size_t)1 << 32, &text, &err) < 0)
        die("%s", err.text);
    return text;
}

static void write_all(const char *folder, const char *name, const void *bytes,
                      size_t size) {
    struct err err;
    if (file_write_atomic(in_folder(folder, name), bytes, size, &err) < 0)
        die("%s", err.text);
}

static void set(struct config *config, const char *key, const char *text) {
    CHECK(config_set(config, key, text, "gradients", NULL) == 0);
}

/* Of two models. */
static void configure(struct config *config, const char *objectives, bool tied) {
    config_init(config);
    set(config, "train.objectives", objectives);
    set(config, "model.kind", "electra");
    set(config, "model.hidden_dropout", "0");
    set(config, "model.attention_dropout", "0");
    set(config, "generator.size", "0.5");
    set(config, "generator.layers", "1");
    set(config, "generator.tied", tied ? "true" : "false");
}

static struct task read_task(const char *folder) {
    int64_t n[17];
    struct str text = read_all(folder, "shape.i64");
    CHECK(text.size == sizeof n);
    memcpy(n, text.data, sizeof n);
    str_fini(&text);
    text = read_all(folder, "objectives.txt");
    struct task task = {.objectives = objectives_parse(text.data, NULL)};
    configure(&task.config, text.data, n[14]);
    str_fini(&text);
    task.shape = (struct shape){.L = n[0],
                                .H = n[1],
                                .E = n[13],
                                .A = n[2],
                                .D = n[1] / n[2],
                                .F = n[3],
                                .V = n[4],
                                .P = n[5],
                                .S = n[6],
                                .C = n[7],
                                .K = n[15],
                                .kind = (enum kind_id)n[12],
                                .gelu = (enum gelu_kind)n[8],
                                .norm_eps = 1e-12};
    task.batch = n[9];
    task.steps = n[10];
    task.warmup = n[11];
    task.relation_heads = n[16];
    return task;
}

static bool is_pair(const struct task *task) {
    return objectives_has(task->objectives, OBJECTIVE_RTD);
}

static void read_weights(const char *folder, struct params *weights) {
    struct str text = read_all(folder, "weights.f32");
    CHECK(text.size == weights->table->total * sizeof *weights->data);
    memcpy(weights->data, text.data, text.size);
    str_fini(&text);
}

/* Labels into scores. */
static void to_scores(const struct example *e, float *scores) {
    for (int32_t i = 0; i < e->masked; i++) {
        scores[i] = (float)e->labels[i] / 1000;
        e->labels[i] = 0;
    }
}

/* One of each step; owned. */
static struct batch *read_batches(const char *folder, const struct task *task) {
    struct batch *batches = mem_alloc((size_t)task->steps, sizeof *batches);
    float *scores = mem_alloc((size_t)task->shape.P, sizeof *scores);
    bool regress = objectives_has(task->objectives, OBJECTIVE_REGRESS);
    struct str text = read_all(folder, "batch.i32");
    int32_t *at = (int32_t *)text.data;
    for (int64_t t = 0; t < task->steps; t++)
        batch_init(&batches[t], task->batch, task->shape.P);
    for (int64_t b = 0; b < task->batch * task->steps; b++) {
        struct example e = {.length = at[0],
                            .split = at[1],
                            .next = at[2],
                            .masked = at[3],
                            .cut_count = at[4]};
        e.ids = at + 5;
        e.positions = e.ids + e.length;
        e.labels = e.positions + e.masked;
        e.cuts = e.labels + e.masked;
        e.scores = regress ? scores : NULL;
        if (regress)
            to_scores(&e, scores);
        batch_add(&batches[b / task->batch], &e,
                  (struct origin){.number = (uint64_t)b});
        at = e.cuts + e.cut_count;
    }
    CHECK((char *)at == text.data + text.size);
    str_fini(&text);
    mem_free(scores);
    return batches;
}

static void write_words(const char *folder) {
    struct str text = {0};
    for (int i = 0; i < OBJECTIVES; i++)
        str_printf(&text, "%s %s %d\n", objective_words[i].name,
                   objective_words[i].packing ? "pairs" : "masked",
                   objectives_of_text(i));
    write_all(folder, "words.txt", text.data, text.size);
    str_fini(&text);
}

static void write_table(const char *folder, const struct params_table *table) {
    struct str text = {0};
    for (int i = 0; i < table->count; i++)
        str_printf(&text, "%s %zu %zu\n", table->tensors[i].name,
                   table->tensors[i].offset, table->tensors[i].count);
    write_all(folder, "table.txt", text.data, text.size);
    str_fini(&text);
}

/* ---- what a teacher said ---- */

enum { SAID = 8 }; /* files at most */

/* Of the steps that are to come. */
struct said {
    struct str files[SAID]; /* what the targets point into */
    int count;
    struct targets of;
};

/* A file's bytes; NULL: it is not there. */
static const void *take_file(struct said *said, const char *folder, const char *name) {
    if (access(in_folder(folder, name), F_OK) != 0)
        return NULL;
    CHECK(said->count < SAID);
    said->files[said->count] = read_all(folder, name);
    return said->files[said->count++].data;
}

static void said_init(struct said *said, const char *folder, const struct task *task,
                      const struct batch *batches) {
    struct targets *of = &said->of;
    *said = (struct said){0};
    for (int64_t t = 0; t < task->steps; t++)
        of->tokens += batches[t].T;
    of->width = task->shape.H;
    of->temperature = 2;
    of->relation_heads = task->relation_heads;
    of->states = take_file(said, folder, "states.f32");
    of->logits.starts = take_file(said, folder, "logits.i64");
    of->logits.at = take_file(said, folder, "logits.i32");
    of->logits.values = take_file(said, folder, "logits.f32");
    of->codes.starts = take_file(said, folder, "codes.i64");
    of->codes.at = take_file(said, folder, "codes.i32");
    of->codes.values = take_file(said, folder, "codes.f32");
    of->attention = take_file(said, folder, "attention.f32");
    if (of->attention)
        of->attended = (int64_t)(said->files[said->count - 1].size / sizeof(float)) /
                       (3 * of->tokens);
}

/* To the next step. */
static void said_next(struct said *said, const struct batch *done) {
    struct targets *of = &said->of;
    of->states += of->states ? done->M * of->width : 0;
    of->logits.starts += of->logits.starts ? done->M : 0;
    of->codes.starts += of->codes.starts ? done->M : 0;
    of->attention += of->attention ? done->T * 3 * of->attended : 0;
}

static void said_fini(struct said *said) {
    while (said->count > 0)
        str_fini(&said->files[--said->count]);
}

/* ---- one model ---- */

static void fill_scales(const struct task *task, const struct batch *batch,
                        double scale[OBJECTIVES]) {
    int64_t pairs = 0;
    for (int64_t b = 0; b < batch->B; b++)
        pairs += batch->next[b] >= 0;
    for (int i = 0; i < OBJECTIVES; i++)
        scale[i] = config_weight(&task->config, i) /
                   (double)(objective_words[i].packing  ? pairs
                            : i == OBJECTIVE_MULTILABEL ? batch->B
                            : i == OBJECTIVE_MARKED     ? batch->B
                            : i == OBJECTIVE_RTD        ? batch->T
                            : i == OBJECTIVE_RELATION   ? batch->T
                                                        : batch->M);
}

static void *create_one(const struct task *task, const struct params_table *table) {
    struct model_options options = {.shape = task->shape,
                                    .objectives = task->objectives,
                                    .max_tokens = 2048,
                                    .max_sequences = 64,
                                    .max_length = task->shape.P,
                                    .precision = task->precision};
    return model_create(&options, table);
}

/* In chunks. */
static void run_one(void *models, const struct program_step *step) {
    for (int64_t b = 0, n; b < step->batch->B; b += n) {
        struct model_step own = step->model;
        n = model_chunk(models, step->batch, b);
        const struct targets said = targets_of(own.targets, step->batch, b, n);
        own.targets = &said;
        model_train(models, step->weights, step->grads, step->batch, b, n, &own,
                    step->sums);
    }
}

static void destroy_one(void *models) { model_destroy(models); }

/* ---- two models ---- */

static struct stepper_options pair_options(const struct task *task,
                                           const struct params_table *table) {
    return (struct stepper_options){.config = &task->config,
                                    .shape = task->shape,
                                    .table = table,
                                    .max_sequences = task->batch,
                                    .max_length = task->shape.P,
                                    .program = &electra_program};
}

/* Appends what the generator draws for masked tokens, as the run's own will: it is made
 * anew, to be asked. */
static void draw(const struct task *task, const struct params *weights,
                 const struct batch *batch, struct str *drawn) {
    const struct stepper_options step = pair_options(task, weights->table);
    struct model_options options = program_model_options(&step);
    struct model_sums sums = {0};
    options.shape = config_generator(&task->config, &task->shape);
    options.objectives = generator_objectives(task->objectives);
    options.prefix = GENERATOR_PREFIX;
    options.dropout_seed = ~options.dropout_seed;
    options.draws = options.forward_only = true;
    struct model *model = model_create(&options, weights->table);
    for (int64_t b = 0, n; b < batch->B; b += n) {
        n = model_chunk(model, batch, b);
        model_evaluate(model, weights, batch, b, n, &sums);
        size_t count = (size_t)(batch->masked_starts[b + n] - batch->masked_starts[b]);
        str_append(drawn, (const char *)model_drawn(model), count * sizeof(int32_t));
    }
    model_destroy(model);
}

/* ---- a step ---- */

struct subject {
    void *models;
    void (*run)(void *models, const struct program_step *step);
    void (*destroy)(void *models);
};

static struct subject subject_create(const struct task *task,
                                     const struct params_table *table) {
    const struct stepper_options pair = pair_options(task, table);
    if (is_pair(task))
        return (struct subject){electra_program.create(&pair), electra_program.run,
                                electra_program.destroy};
    return (struct subject){create_one(task, table), run_one, destroy_one};
}

/* Gradients and loss of one step's sequences. */
static double gradients(const struct task *task, const struct subject *subject,
                        const struct params *weights, struct params *grads,
                        const struct batch *batch, const struct targets *said) {
    struct model_sums sums = {0};
    struct program_step step = {.batch = batch,
                                .weights = weights,
                                .grads = grads,
                                .sums = &sums,
                                .model.targets = said};
    fill_scales(task, batch, step.model.scale);
    memset(grads->data, 0, grads->table->total * sizeof *grads->data);
    subject->run(subject->models, &step);
    double loss = 0;
    for (int i = 0; i < OBJECTIVES; i++)
        loss += sums.of[i].count > 0 ? step.model.scale[i] * sums.of[i].loss : 0;
    return loss;
}

static void run(const char *folder, const struct task *task,
                const struct params_table *table) {
    struct params weights, grads, m, v;
    struct str drawn = {0};
    struct subject subject = subject_create(task, table);
    struct batch *batches = read_batches(folder, task);
    struct said said;
    struct optim_options adam = {
        .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .weight_decay = 0.01};
    struct schedule schedule = {.name = "constant",
                                .rate = 1e-3,
                                .warmup_steps = task->warmup,
                                .total_steps = task->steps};
    double *losses = mem_alloc((size_t)task->steps, sizeof *losses);
    params_init(&weights, table);
    params_init(&grads, table);
    params_init(&m, table);
    params_init(&v, table);
    read_weights(folder, &weights);
    said_init(&said, folder, task, batches);
    const struct optim_part all = {{0, table->total}, grads.data, weights.data,
                                   {m.data, v.data},  NULL,       NULL};
    for (int64_t t = 0; t < task->steps; t++) {
        if (is_pair(task))
            draw(task, &weights, &batches[t], &drawn);
        losses[t] = gradients(task, &subject, &weights, &grads, &batches[t], &said.of);
        said_next(&said, &batches[t]);
        if (t == 0)
            write_all(folder, "grads.f32", grads.data,
                      table->total * sizeof *grads.data);
        double norm = sqrt(vec_sum_squares((int64_t)table->total, grads.data));
        const struct optim_step step = {.number = t + 1,
                                        .rate = schedule_rate(&schedule, t + 1),
                                        .grad_norm = norm,
                                        .grad_scale = clip_scale(norm, 1.0)};
        optimizers_find("adamw")->update(&adam, &step, table, &all);
    }
    write_all(folder, "losses.f64", losses, (size_t)task->steps * sizeof *losses);
    write_all(folder, "drawn.i32", drawn.data, drawn.size);
    str_fini(&drawn);
    subject.destroy(subject.models);
    said_fini(&said);
    for (int64_t t = 0; t < task->steps; t++)
        batch_fini(&batches[t]);
    mem_free(batches);
    params_fini(&weights);
    params_fini(&grads);
    params_fini(&m);
    params_fini(&v);
    mem_free(losses);
}

static void round_products(struct task *task) {
    struct err err;
    if (precision_start(true, &err) < 0)
        die("%s", err.text);
    task->precision = GEMM_BF16;
}

int main(int argc, char **argv) {
    if (argc != 3)
        die("usage: gradients FOLDER words|table|run|rounded");
    if (strcmp(argv[2], "words") == 0) {
        write_words(argv[1]);
        return 0;
    }
    struct task task = read_task(argv[1]);
    struct params_table table = {0};
    if (strcmp(argv[2], "rounded") == 0)
        round_products(&task);
    if (is_pair(&task))
        generator_layout(&table, &task.config, &task.shape, task.objectives);
    else
        model_layout(&table, &task.shape, task.objectives);
    if (strcmp(argv[2], "table") == 0)
        write_table(argv[1], &table);
    else
        run(argv[1], &task, &table);
    params_table_fini(&table);
    config_fini(&task.config);
    return 0;
}
