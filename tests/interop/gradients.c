/* SPDX-License-Identifier: Apache-2.0 */
/* Our half of gradients.py: trains on batches that it is given and says what came out.
 *
 *     gradients FOLDER words  writes words.txt: of every objective name, what its
 *                             losses are of ("pairs" or "masked"), whether of text (1)
 *     gradients FOLDER table  writes table.txt: name, offset, elements of every tensor
 *     gradients FOLDER run    writes grads.f32 (of the first step, unclipped) and
 *                             losses.f64 (their sum, a step)
 *
 * FOLDER holds shape.i64 (L H A F V P S C gelu, sequences a step, steps, warm-up
 * steps, kind, E), objectives.txt ("mlm,nsp"), weights.f32 in the order of the table
 * and batch.i32: of every sequence length, split, next, masked, cuts, then ids, masked
 * positions, labels (of regress scores in thousandths), cuts.  Files are in this
 * machine's byte order.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/base/die.h"
#include "src/base/file.h"
#include "src/base/mem.h"
#include "src/kernels/vec.h"
#include "src/model/bert.h"
#include "src/optim/clip.h"
#include "src/optim/optimizers.h"
#include "src/optim/schedule.h"

struct task {
    struct shape shape;
    uint32_t objectives;
    int64_t batch, steps, warmup;
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

static struct task read_task(const char *folder) {
    int64_t n[14];
    struct str text = read_all(folder, "shape.i64");
    CHECK(text.size == sizeof n);
    memcpy(n, text.data, sizeof n);
    str_fini(&text);
    text = read_all(folder, "objectives.txt");
    uint32_t objectives = objectives_parse(text.data, NULL);
    str_fini(&text);
    return (struct task){.shape = {.L = n[0],
                                   .H = n[1],
                                   .E = n[13],
                                   .A = n[2],
                                   .D = n[1] / n[2],
                                   .F = n[3],
                                   .V = n[4],
                                   .P = n[5],
                                   .S = n[6],
                                   .C = n[7],
                                   .kind = (enum kind_id)n[12],
                                   .gelu = (enum gelu_kind)n[8],
                                   .norm_eps = 1e-12},
                         .objectives = objectives,
                         .batch = n[9],
                         .steps = n[10],
                         .warmup = n[11]};
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

static void read_batch(const char *folder, const struct task *task,
                       struct batch *batch) {
    float *scores = mem_alloc((size_t)task->shape.P, sizeof *scores);
    bool regress = objectives_has(task->objectives, OBJECTIVE_REGRESS);
    struct str text = read_all(folder, "batch.i32");
    int32_t *at = (int32_t *)text.data;
    batch_init(batch, task->batch * task->steps, task->shape.P);
    for (int64_t b = 0; b < batch->max_B; b++) {
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
        batch_add(batch, &e, (struct origin){.number = (uint64_t)b});
        at = e.cuts + e.cut_count;
    }
    CHECK((char *)at == text.data + text.size);
    str_fini(&text);
    mem_free(scores);
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

/* Gradients and loss of one step's sequences, in chunks. */
static double gradients(struct model *model, const struct params *weights,
                        struct params *grads, const struct batch *batch, int64_t first,
                        int64_t count) {
    struct model_sums sums = {0};
    struct model_step step = {0};
    int64_t masked = batch->masked_starts[first + count] - batch->masked_starts[first];
    int64_t pairs = 0;
    for (int64_t b = first; b < first + count; b++)
        pairs += batch->next[b] >= 0;
    for (int i = 0; i < OBJECTIVES; i++)
        step.scale[i] = 1 / (double)(objective_words[i].packing  ? pairs
                                     : i == OBJECTIVE_MULTILABEL ? count
                                                                 : masked);
    memset(grads->data, 0, grads->table->total * sizeof *grads->data);
    for (int64_t b = first, n; b < first + count; b += n) {
        n = model_chunk(model, batch, b);
        n = n < first + count - b ? n : first + count - b;
        model_train(model, weights, grads, batch, b, n, &step, &sums);
    }
    double loss = 0;
    for (int i = 0; i < OBJECTIVES; i++)
        loss += sums.of[i].count > 0 ? step.scale[i] * sums.of[i].loss : 0;
    return loss;
}

static void run(const char *folder, const struct task *task,
                const struct params_table *table) {
    struct params weights, grads, m, v;
    struct batch batch;
    struct model_options options = {.shape = task->shape,
                                    .objectives = task->objectives,
                                    .max_tokens = 2048,
                                    .max_sequences = 64,
                                    .max_length = task->shape.P};
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
    read_batch(folder, task, &batch);
    struct model *model = model_create(&options, table);
    const struct optim_part all = {{0, table->total}, grads.data, weights.data,
                                   {m.data, v.data},  NULL,       NULL};
    for (int64_t t = 0; t < task->steps; t++) {
        losses[t] =
            gradients(model, &weights, &grads, &batch, t * task->batch, task->batch);
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
    model_destroy(model);
    batch_fini(&batch);
    params_fini(&weights);
    params_fini(&grads);
    params_fini(&m);
    params_fini(&v);
    mem_free(losses);
}

int main(int argc, char **argv) {
    if (argc != 3)
        die("usage: gradients FOLDER words|table|run");
    if (strcmp(argv[2], "words") == 0) {
        write_words(argv[1]);
        return 0;
    }
    struct task task = read_task(argv[1]);
    struct params_table table = {0};
    model_layout(&table, &task.shape, task.objectives);
    if (strcmp(argv[2], "table") == 0)
        write_table(argv[1], &table);
    else
        run(argv[1], &task, &table);
    params_table_fini(&table);
    return 0;
}
