/* SPDX-License-Identifier: Apache-2.0 */
/* The final LayerNorm: see final.h.  Its tensors lie before those of the heads, whose
 * gradients are final together with its own. */
#include "src/model/final.h"

#include <string.h>

#include "src/base/stage.h"
#include "src/kernels/layernorm.h"
#include "src/kernels/vec.h"

#define AT(member) offsetof(struct norm_places, member)

static const struct row norm_rows[] = {
    {"bert.encoder.ln.weight", "H", NULL, ROW_GAIN, AT(weight)},
    {"bert.encoder.ln.bias", "H", NULL, ROW_BIAS, AT(bias)},
    {0},
};

static bool has_norm(const struct shape *shape) {
    return model_kinds[shape->kind].norm == NORM_PRE;
}

const struct row *final_rows(const struct shape *shape) {
    return has_norm(shape) ? norm_rows : NULL;
}

/* States between layers are not normalised. */
static bool is_run(const struct model *model) {
    return has_norm(&model->options.shape) && model->options.cut == 0;
}

void final_place(struct model *model, struct carve *carve) {
    int64_t T = model->options.max_tokens, H = model->options.shape.H;
    if (!is_run(model))
        return;
    state_place_norm(&model->final_norm, NUMBER_F32, carve, T, H);
    model->final = carve_floats(carve, T, H);
}

void final_place_down(struct model *model, struct carve *carve) {
    if (is_run(model))
        model->final_sums = carve_floats(carve, block_count(model->options.max_tokens),
                                         2 * model->options.shape.H);
}

const float *final_forward(const struct pass *pass, const float *x) {
    const struct model *model = pass->model;
    const struct layernorm by = pass_norm(pass, &model->places.final_norm);
    const struct norm_state *norm = &model->final_norm;
    int64_t H = model->options.shape.H, blocks = block_count(pass->R);
    if (!is_run(model))
        return x;
    enum stage outer = stage_to(STAGE_NORM);
#pragma omp for schedule(static)
    for (int64_t i = 0; i < blocks; i++) {
        struct block b = block_of(pass->R, i);
        const struct layernorm_out out = {.y =
                                              matrix_f32(model->final + b.first * H, H),
                                          .xhat = matrix_from(norm->xhat, b.first, 0),
                                          .rstd = norm->rstd + b.first};
        layernorm_forward(b.count, H, x + b.first * H, &by, &out);
    }
    stage_to(outer);
    return model->final;
}

static void backward_block(const struct pass *pass, int64_t i) {
    const struct model *model = pass->model;
    struct block b = block_of(pass->R, i);
    int64_t H = model->options.shape.H;
    float *d = model->dout + b.first * H, *sums = model->final_sums + i * 2 * H;
    memset(sums, 0, (size_t)(2 * H) * sizeof *sums);
    layernorm_backward(b.count, H, matrix_from(model->final_norm.xhat, b.first, 0),
                       pass->weights + model->places.final_norm.weight,
                       model->final_norm.rstd + b.first, d, d, sums, sums + H);
}

void final_backward(const struct pass *pass) {
    const struct model *model = pass->model;
    const struct norm_places *at = &model->places.final_norm;
    int64_t H = model->options.shape.H, blocks = block_count(pass->R);
    if (!is_run(model))
        return;
    enum stage outer = stage_to(STAGE_DNORM);
#pragma omp for schedule(static)
    for (int64_t i = 0; i < blocks; i++)
        backward_block(pass, i);
#pragma omp single
    for (int64_t i = 0; i < blocks; i++) {
        vec_add(H, model->final_sums + i * 2 * H, pass->grads + at->weight);
        vec_add(H, model->final_sums + (i * 2 + 1) * H, pass->grads + at->bias);
    }
    stage_to(outer);
}
