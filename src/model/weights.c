/* SPDX-License-Identifier: Apache-2.0 */
/* A layer's weights and their gradients: see weights.h. */
#include "src/model/weights.h"

#include <omp.h>

#include "src/base/stage.h"
#include "src/kernels/vec.h"

static void find(struct layer_weights *weights, const struct shape *shape,
                 const struct layer_places *at) {
    int64_t H = shape->H, F = shape->F;
    *weights = (struct layer_weights){
        .at = {at->qkv.weight, at->qkv.weight + (size_t)(H * H),
               at->attention_output.weight, at->intermediate.weight, at->output.weight},
        .out = {H, 2 * H, H, F, H},
        .in = {H, H, H, H, F}};
}

/* Room for either way. */
static int64_t packed_floats(int64_t out, int64_t in) {
    int64_t up = gemm_packed_floats(in, out), down = gemm_packed_floats(out, in);
    return up > down ? up : down;
}

int64_t weights_floats(const struct shape *shape) {
    struct layer_weights weights;
    int64_t floats = 0;
    find(&weights, shape, &(struct layer_places){.qkv = {0, 0}});
    for (int i = 0; i < WEIGHTS; i++)
        floats += packed_floats(weights.out[i], weights.in[i]);
    return floats;
}

void weights_pack(struct layer_weights *weights, const struct pass *pass, int64_t layer,
                  enum gemm_op op) {
    const struct model *model = pass->model;
    int64_t groups[WEIGHTS + 1] = {0};
    float *panels = model->panels;
    find(weights, &model->options.shape, &model->places.layers[layer]);
    for (int i = 0; i < WEIGHTS; i++) {
        int64_t out = weights->out[i], in = weights->in[i];
        weights->packed[i] = (struct gemm_packed){.op = op,
                                                  .k = op == GEMM_T ? in : out,
                                                  .n = op == GEMM_T ? out : in,
                                                  .ld = in,
                                                  .b = pass->weights + weights->at[i],
                                                  .panels = panels};
        groups[i + 1] = groups[i] + gemm_pack_groups(&weights->packed[i]);
        panels += packed_floats(out, in);
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

static void add_task(const struct layer_weights *weights, const struct pass *pass,
                     int which, const struct weight_terms *t, int64_t task) {
    int64_t in = weights->in[which], out = weights->out[which], rows = task_rows(out);
    int64_t i = task / column_tasks(in) * rows,
            j = task % column_tasks(in) * TASK_COLUMNS;
    int64_t m = out - i < rows ? out - i : rows;
    int64_t n = in - j < TASK_COLUMNS ? in - j : TASK_COLUMNS;
    float *dw = pass->grads + weights->at[which] + i * in + j;
    enum stage outer = stage_to(STAGE_DWEIGHTS);
    gemm(GEMM_T, GEMM_N, m, n, t->rows, t->dy + i, t->dy_ld, t->x + j, t->x_ld, true,
         dw, in);
    stage_to(outer);
    pass_poll(pass);
}

void weights_add(const struct layer_weights *weights, const struct pass *pass,
                 const struct weight_terms terms[WEIGHTS]) {
    int64_t tasks[WEIGHTS + 1] = {0};
    for (int i = 0; i < WEIGHTS; i++) /* the largest, which are the last, first */
        tasks[i + 1] = tasks[i] + row_tasks(weights->out[WEIGHTS - 1 - i]) *
                                      column_tasks(weights->in[WEIGHTS - 1 - i]);
#pragma omp for schedule(dynamic) nowait
    for (int64_t task = 0; task < tasks[WEIGHTS]; task++) {
        int i = 0;
        while (task >= tasks[i + 1])
            i++;
        int which = WEIGHTS - 1 - i;
        add_task(weights, pass, which, &terms[which], task - tasks[i]);
    }
}

/* ---- sums down columns ---- */

int64_t weights_sums_width(const struct shape *shape) {
    return 9 * shape->H + shape->F;
}

float *weights_sums(const struct pass *pass, int64_t block) {
    const struct model *model = pass->model;
    return model->sums + block * weights_sums_width(&model->options.shape);
}

void weights_add_sums(const struct pass *pass, int64_t layer, int64_t R) {
    const struct shape *shape = &pass->model->options.shape;
    const struct layer_places *at = &pass->model->places.layers[layer];
    int64_t H = shape->H, F = shape->F, some = block_count(R),
            all = block_count(pass->T);
    const struct {
        size_t place;
        int64_t count, from, blocks;
    } parts[] = {{at->output_norm.weight, H, 0, some},
                 {at->output_norm.bias, H, H, some},
                 {at->output.bias, H, 2 * H, some},
                 {at->attention_norm.weight, H, 3 * H, some},
                 {at->attention_norm.bias, H, 4 * H, some},
                 {at->attention_output.bias, H, 5 * H, some},
                 {at->qkv.bias, H, 6 * H, some},
                 {at->intermediate.bias, F, 7 * H, some},
                 {at->qkv.bias + (size_t)H, 2 * H, 7 * H + F, all}};
#pragma omp for schedule(dynamic)
    for (int i = 0; i < (int)(sizeof parts / sizeof *parts); i++)
        for (int64_t b = 0; b < parts[i].blocks; b++)
            vec_add(parts[i].count, weights_sums(pass, b) + parts[i].from,
                    pass->grads + parts[i].place);
}
