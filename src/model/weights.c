/* SPDX-License-Identifier: Apache-2.0 */
/* A layer's weights and their gradients: see weights.h. */
#include "src/model/weights.h"

#include <omp.h>

#include "src/base/stage.h"
#include "src/kernels/vec.h"

static void find(struct layer_weights *weights, const struct shape *shape,
                 const struct layer_places *at) {
    int64_t H = shape->H, W = shape->A * shape->D, F = shape->F;
    *weights = (struct layer_weights){
        .at = {at->qkv.weight, at->qkv.weight + (size_t)(W * H),
               at->attention_output.weight, at->intermediate.weight, at->output.weight},
        .out = {W, 2 * W, H, F, H},
        .in = {H, H, W, H, F}};
}

int64_t weights_packed_floats(int64_t out, int64_t in) {
    int64_t up = gemm_packed_floats(in, out), down = gemm_packed_floats(out, in);
    return up > down ? up : down;
}

/* Floats that a layer's packed weights take. */
static int64_t panel_floats(const struct shape *shape) {
    struct layer_weights weights;
    int64_t floats = 0;
    find(&weights, shape, &(struct layer_places){.qkv = {0, 0}});
    for (int i = 0; i < WEIGHTS; i++)
        floats += weights_packed_floats(weights.out[i], weights.in[i]);
    return floats;
}

static void place_branch(struct branch_sums *sums, struct carve *carve, int64_t H) {
    sums->norm_weight = carve_floats(carve, H, 1);
    sums->norm_bias = carve_floats(carve, H, 1);
    sums->bias = carve_floats(carve, H, 1);
}

static void place_sums(struct layer_sums *sums, struct carve *carve,
                       const struct shape *shape) {
    int64_t W = shape->A * shape->D;
    sums->all = carve_take(carve, 0, 1);
    place_branch(&sums->output, carve, shape->H);
    place_branch(&sums->attention, carve, shape->H);
    sums->query = carve_floats(carve, W, 1);
    sums->intermediate = carve_floats(carve, shape->F, 1);
    sums->key_value = carve_floats(carve, 2 * W, 1);
}

/* A layer's weights, or what one of their gradients is made of. */
void weights_place(struct model *model, struct carve *carve) {
    const struct shape *shape = &model->options.shape;
    int64_t weights = panel_floats(shape), widest = shape->A * shape->D;
    widest = shape->H > widest ? shape->H : widest;
    widest = shape->F > widest ? shape->F : widest;
    int64_t rows = gemm_packed_floats(model->options.max_tokens, widest);
    bool both = model->options.precision == GEMM_BF16;
    model->panels = carve_floats(carve, both && rows > weights ? rows : weights, 1);
}

void weights_place_down(struct model *model, struct carve *carve) {
    struct layer_sums sums;
    struct carve one = {0};
    place_sums(&sums, &one, &model->options.shape);
    model->sums_bytes = one.used_bytes;
    model->sums =
        carve_take(carve, block_count(model->options.max_tokens), one.used_bytes);
}

void weights_pack(struct layer_weights *weights, const struct pass *pass, int64_t layer,
                  enum gemm_op op) {
    const struct model *model = pass->model;
    int64_t groups[WEIGHTS + 1] = {0};
    float *panels = model->panels;
    find(weights, &model->options.shape, &model->places.layers[layer]);
    for (int i = 0; i < WEIGHTS; i++) {
        int64_t out = weights->out[i], in = weights->in[i];
        weights->packed[i] =
            (struct gemm_packed){.op = op,
                                 .k = op == GEMM_T ? in : out,
                                 .n = op == GEMM_T ? out : in,
                                 .b = matrix_f32(pass->weights + weights->at[i], in),
                                 .panels = panels};
        groups[i + 1] = groups[i] + gemm_pack_groups(&weights->packed[i]);
        panels += weights_packed_floats(out, in);
    }
    enum stage outer = stage_to(op == GEMM_T ? STAGE_PACK : STAGE_DPACK);
#pragma omp for schedule(static)
    for (int64_t g = 0; g < groups[WEIGHTS]; g++) {
        int i = 0;
        while (g >= groups[i + 1])
            i++;
        gemm_pack(&weights->packed[i], g - groups[i]);
    }
    stage_to(outer);
}

struct gemm_packed weights_pack_one(const struct pass *pass, size_t at, int64_t out,
                                    int64_t in, enum gemm_op op, float *panels) {
    const struct gemm_packed packed = {.op = op,
                                       .k = op == GEMM_T ? in : out,
                                       .n = op == GEMM_T ? out : in,
                                       .b = matrix_f32(pass->weights + at, in),
                                       .panels = panels};
    enum stage outer = stage_to(op == GEMM_T ? STAGE_PACK : STAGE_DPACK);
#pragma omp for schedule(static)
    for (int64_t group = 0; group < gemm_pack_groups(&packed); group++)
        gemm_pack(&packed, group);
    stage_to(outer);
    return packed;
}

/* ---- gradients ---- */

/* A gradient is cut by columns, which B's packing follows, and by as many rows as keep
 * all threads busy. */
enum { TASK_COLUMNS = 256, TASK_ROWS_MIN = 192 };

static int64_t task_rows(int64_t out) {
    int64_t share = (out + omp_get_num_threads() - 1) / omp_get_num_threads();
    return share < TASK_ROWS_MIN
               ? TASK_ROWS_MIN
               : (share + GEMM_BLOCK_ROWS - 1) / GEMM_BLOCK_ROWS * GEMM_BLOCK_ROWS;
}

static int64_t row_tasks(int64_t out) {
    return (out + task_rows(out) - 1) / task_rows(out);
}

static int64_t column_tasks(int64_t in) {
    return (in + TASK_COLUMNS - 1) / TASK_COLUMNS;
}

static int64_t task_count(int64_t out, int64_t in) {
    return row_tasks(out) * column_tasks(in);
}

static void add_task(const struct pass *pass, size_t at, int64_t out, int64_t in,
                     const struct weight_terms *t, int64_t task) {
    int64_t rows = task_rows(out);
    int64_t i = task / column_tasks(in) * rows,
            j = task % column_tasks(in) * TASK_COLUMNS;
    int64_t m = out - i < rows ? out - i : rows;
    int64_t n = in - j < TASK_COLUMNS ? in - j : TASK_COLUMNS;
    enum stage outer = stage_to(STAGE_DWEIGHTS);
    gemm(GEMM_T, GEMM_N, m, n, t->rows, matrix_from(t->dy, 0, i),
         matrix_from(t->x, 0, j), true, matrix_f32(pass->grads + at + i * in + j, in));
    stage_to(outer);
    pass_poll(pass);
}

/* Rows of a tile of any kind. */
enum { STRIP_GRAIN = 32 };

/* Packs what a gradient is made of, unless it is what was packed last: queries, keys
 * and values are mostly of the same rows. */
static void pack_x(const struct pass *pass, int64_t in, const struct weight_terms *t,
                   struct gemm_packed *x) {
    if (t->x.at == x->b.at && t->rows == x->k)
        return;
    *x = (struct gemm_packed){GEMM_N, t->rows, in, t->x, pass->model->panels};
#pragma omp for schedule(static)
    for (int64_t group = 0; group < gemm_pack_groups(x); group++)
        gemm_pack(x, group);
}

/* Columns of dy, which are rows of a gradient, that a thread takes at once: as many
 * strips for every thread. */
static int64_t strip_rows(int64_t out) {
    int64_t threads = omp_get_num_threads(), most = threads * GEMM_BLOCK_ROWS_MAX;
    int64_t strips = (out + most - 1) / most * threads;
    return ((out + strips - 1) / strips + STRIP_GRAIN - 1) / STRIP_GRAIN * STRIP_GRAIN;
}

/* In bf16 either operand is turned over once: x for all, and dy by who takes a strip of
 * its columns.  Returns when all of it is there. */
static void add_packed(const struct pass *pass, size_t at, int64_t out, int64_t in,
                       const struct weight_terms *t, struct gemm_packed *x) {
    int64_t rows = strip_rows(out);
    enum stage outer = stage_to(STAGE_DWEIGHTS);
    pack_x(pass, in, t, x);
#pragma omp for schedule(dynamic)
    for (int64_t i = 0; i < out; i += rows) {
        gemm_columns(out - i < rows ? out - i : rows, matrix_from(t->dy, 0, i), x, true,
                     matrix_f32(pass->grads + at + i * in, in));
        pass_poll(pass);
    }
    stage_to(outer);
}

static bool is_rounded(const struct pass *pass) {
    return pass->model->options.precision == GEMM_BF16;
}

void weights_add_one(const struct pass *pass, size_t at, int64_t out, int64_t in,
                     const struct weight_terms *terms) {
    int64_t tasks = task_count(out, in);
    struct gemm_packed packed = {.k = 0};
    if (is_rounded(pass)) {
        add_packed(pass, at, out, in, terms, &packed);
        return;
    }
#pragma omp for schedule(dynamic)
    for (int64_t task = 0; task < tasks; task++)
        add_task(pass, at, out, in, terms, task);
}

void weights_add(const struct layer_weights *weights, const struct pass *pass,
                 const struct weight_terms terms[WEIGHTS]) {
    int64_t tasks[WEIGHTS + 1] = {0};
    struct gemm_packed packed = {.k = 0};
    for (int i = 0; is_rounded(pass) && i < WEIGHTS; i++)
        add_packed(pass, weights->at[i], weights->out[i], weights->in[i], &terms[i],
                   &packed);
    if (is_rounded(pass))
        return;
    for (int i = 0; i < WEIGHTS; i++) /* the largest, which are the last, first */
        tasks[i + 1] = tasks[i] + task_count(weights->out[WEIGHTS - 1 - i],
                                             weights->in[WEIGHTS - 1 - i]);
#pragma omp for schedule(dynamic) nowait
    for (int64_t task = 0; task < tasks[WEIGHTS]; task++) {
        int i = 0;
        while (task >= tasks[i + 1])
            i++;
        int which = WEIGHTS - 1 - i;
        add_task(pass, weights->at[which], weights->out[which], weights->in[which],
                 &terms[which], task - tasks[i]);
    }
}

/* ---- sums down columns ---- */

struct layer_sums weights_sums(const struct model *model, int64_t block) {
    struct layer_sums sums;
    struct carve carve = {.base = model->sums + (size_t)block * model->sums_bytes};
    place_sums(&sums, &carve, &model->options.shape);
    return sums;
}

void weights_add_sums(const struct pass *pass, int64_t layer) {
    const struct model *model = pass->model;
    const struct shape *shape = &model->options.shape;
    const struct layer_places *at = &model->places.layers[layer];
    const struct layer_sums first = weights_sums(model, 0);
    int64_t H = shape->H, W = shape->A * shape->D, F = shape->F;
    int64_t blocks = block_count(pass->T);
    const struct {
        size_t place;
        const float *sums; /* of the first block */
        int64_t count;
    } parts[] = {{at->output_norm.weight, first.output.norm_weight, H},
                 {at->output_norm.bias, first.output.norm_bias, H},
                 {at->output.bias, first.output.bias, H},
                 {at->attention_norm.weight, first.attention.norm_weight, H},
                 {at->attention_norm.bias, first.attention.norm_bias, H},
                 {at->attention_output.bias, first.attention.bias, H},
                 {at->qkv.bias, first.query, W},
                 {at->intermediate.bias, first.intermediate, F},
                 {at->qkv.bias + (size_t)W, first.key_value, 2 * W}};
    size_t stride = model->sums_bytes / sizeof(float);
#pragma omp for schedule(dynamic)
    for (int i = 0; i < (int)(sizeof parts / sizeof *parts); i++)
        for (int64_t b = 0; b < blocks; b++)
            vec_add(parts[i].count, parts[i].sums + (size_t)b * stride,
                    pass->grads + parts[i].place);
}
