/* SPDX-License-Identifier: Apache-2.0 */
/* The embeddings' projection: see project.h.  Words know less than contexts, so that
 * fewer numbers do for them (ALBERT, Lan et al. 2020); here as in ELECTRA (Clark et al.
 * 2020), after LayerNorm and dropout. */
#include "src/model/project.h"

#include <string.h>

#include "src/base/stage.h"
#include "src/kernels/vec.h"
#include "src/model/weights.h"

#define AT(member) offsetof(struct linear_places, member)

static const struct row rows[] = {
    {"bert.embeddings_project.weight", "H", "E", ROW_MATRIX, AT(weight)},
    {"bert.embeddings_project.bias", "H", NULL, ROW_BIAS, AT(bias)},
    {0},
};

static bool is_there(const struct shape *shape) { return shape->E != shape->H; }

const struct row *project_rows(const struct shape *shape) {
    return is_there(shape) ? rows : NULL;
}

void project_place(struct model *model, struct carve *carve) {
    int64_t H = model->options.shape.H, E = model->options.shape.E;
    int64_t T = model->options.max_tokens;
    bool there = is_there(&model->options.shape);
    bool read = model_kinds[model->options.shape.kind].norm == NORM_POST;
    model->input =
        state_place_stream(read ? model->kind : NUMBER_F32, carve,
                           there ? carve_floats(carve, T, H) : model->embedded, T, H);
    if (there)
        model->projection.panels = carve_floats(carve, weights_packed_floats(H, E), 1);
}

void project_place_down(struct model *model, struct carve *carve) {
    int64_t T = model->options.max_tokens;
    model->dembedded = model->dx;
    if (!is_there(&model->options.shape))
        return;
    model->dembedded = carve_floats(carve, T, model->options.shape.E);
    model->projection.sums =
        carve_floats(carve, block_count(T), model->options.shape.H);
}

/* Team. */
static struct gemm_packed pack(const struct pass *pass, enum gemm_op op) {
    const struct model *model = pass->model;
    return weights_pack_one(pass, model->places.projection.weight,
                            model->options.shape.H, model->options.shape.E, op,
                            model->projection.panels);
}

void project_forward(const struct pass *pass) {
    const struct model *model = pass->model;
    int64_t H = model->options.shape.H, E = model->options.shape.E;
    int64_t blocks = block_count(pass->T);
    const float *bias = pass->weights + model->places.projection.bias;
    if (!is_there(&model->options.shape))
        return;
    const struct gemm_packed packed = pack(pass, GEMM_T);
    enum stage outer = stage_to(STAGE_EMBED);
#pragma omp for schedule(static)
    for (int64_t i = 0; i < blocks; i++) {
        struct block b = block_of(pass->T, i);
        const struct matrix y = matrix_f32(model->input.at + b.first * H, H);
        gemm_rows(b.count, matrix_f32(model->embedded + b.first * E, E), &packed, false,
                  y);
        vec_add_bias(b.count, H, y, bias, y);
        state_round(&model->input, b.first, b.count, H);
    }
    stage_to(outer);
}

static void backward_block(const struct pass *pass, const struct gemm_packed *packed,
                           int64_t i) {
    const struct model *model = pass->model;
    int64_t H = model->options.shape.H, E = model->options.shape.E;
    struct block b = block_of(pass->T, i);
    const struct matrix d = matrix_f32(model->dx + b.first * H, H);
    float *sums = model->projection.sums + i * H;
    memset(sums, 0, (size_t)H * sizeof *sums);
    vec_sum_rows(b.count, H, d, sums);
    gemm_rows(b.count, d, packed, false, matrix_f32(model->dembedded + b.first * E, E));
    pass_poll(pass);
}

void project_backward(const struct pass *pass) {
    const struct model *model = pass->model;
    const struct linear_places *at = &model->places.projection;
    int64_t H = model->options.shape.H, E = model->options.shape.E;
    int64_t blocks = block_count(pass->T);
    if (!is_there(&model->options.shape))
        return;
    const struct weight_terms terms = {pass->T, matrix_f32(model->dx, H),
                                       matrix_f32(model->embedded, E)};
    const struct gemm_packed packed = pack(pass, GEMM_N);
    enum stage outer = stage_to(STAGE_DEMBED);
#pragma omp for schedule(static)
    for (int64_t i = 0; i < blocks; i++)
        backward_block(pass, &packed, i);
#pragma omp single nowait
    for (int64_t i = 0; i < blocks; i++)
        vec_add(H, model->projection.sums + i * H, pass->grads + at->bias);
    weights_add_one(pass, at->weight, H, E, &terms);
    stage_to(outer);
}
