/* SPDX-License-Identifier: Apache-2.0 */
/* The layer of Megatron-LM (Shoeybi et al. 2019): what enters a branch is normalised,
 * the stream itself never is, but once after the last layer (final.c).
 *
 *     middle = x + attention(LayerNorm(x))    out = middle + feed(LayerNorm(middle)) */
#include "src/base/stage.h"
#include "src/kernels/embedding.h"
#include "src/kernels/layernorm.h"
#include "src/kernels/vec.h"
#include "src/model/layer.h"
#include "src/model/level.h"

#define AT(member) offsetof(struct layer_places, member)

static const struct row pre_rows[] = {
    {"attention.ln.weight", "H", NULL, ROW_GAIN, AT(attention_norm.weight)},
    {"attention.ln.bias", "H", NULL, ROW_BIAS, AT(attention_norm.bias)},
    {"attention.self.query.weight", "W", "H", ROW_HIDDEN, AT(qkv.weight)},
    {"attention.self.key.weight", "W", "H", ROW_HIDDEN, ROW_FOLLOWS},
    {"attention.self.value.weight", "W", "H", ROW_HIDDEN, ROW_FOLLOWS},
    {"attention.self.query.bias", "W", NULL, ROW_BIAS, AT(qkv.bias)},
    {"attention.self.key.bias", "W", NULL, ROW_BIAS, ROW_FOLLOWS},
    {"attention.self.value.bias", "W", NULL, ROW_BIAS, ROW_FOLLOWS},
    {"attention.output.dense.weight", "H", "W", ROW_HIDDEN,
     AT(attention_output.weight)},
    {"attention.output.dense.bias", "H", NULL, ROW_BIAS, AT(attention_output.bias)},
    {"ln.weight", "H", NULL, ROW_GAIN, AT(output_norm.weight)},
    {"ln.bias", "H", NULL, ROW_BIAS, AT(output_norm.bias)},
    {"intermediate.dense.weight", "F", "H", ROW_HIDDEN, AT(intermediate.weight)},
    {"intermediate.dense.bias", "F", NULL, ROW_BIAS, AT(intermediate.bias)},
    {"output.dense.weight", "H", "F", ROW_HIDDEN, AT(output.weight)},
    {"output.dense.bias", "H", NULL, ROW_BIAS, AT(output.bias)},
    {0},
};

static void pre_place(struct model *model, int64_t layer, struct carve *carve) {
    struct layer_state *state = &model->layers[layer];
    int64_t T = model->options.max_tokens, H = model->options.shape.H;
    level_place(model, layer, NUMBER_F32, carve);
    state->normed = state_place(model->kind, carve, T, H);
    state->fed = state_place(model->kind, carve, T, H);
}

static void pre_place_down(struct model *model, struct carve *carve) {
    level_place_down(model, carve);
    model->dnormed =
        carve_floats(carve, model->options.max_tokens, model->options.shape.H);
}

/* The start of a branch: y = LayerNorm(x), of a block. */
static void begin_branch(const struct level *v, struct block b,
                         const struct norm_places *places,
                         const struct norm_state *norm, const float *x,
                         struct matrix y) {
    const struct layernorm by = pass_norm(v->pass, places);
    const struct layernorm_out out = {.y = matrix_from(y, b.first, 0),
                                      .xhat = matrix_from(norm->xhat, b.first, 0),
                                      .rstd = norm->rstd + b.first};
    stage_to(STAGE_NORM);
    layernorm_forward(b.count, v->H, x + b.first * v->H, &by, &out);
}

/* Its end: bias, dropout and the residual sum, in place of its product. */
static void end_branch(const struct level *v, struct block b, enum dropout_site site,
                       size_t bias, const struct norm_state *norm,
                       const float *residual, float *out) {
    int64_t H = v->H, at = b.first * H;
    uint8_t *keep = norm->keep + b.first * ((H + 7) / 8);
    stage_to(STAGE_NORM);
    pass_draw(v->pass, pass_site(v->layer, site), v->rows, b.first, b.count, H, keep);
    layernorm_add(b.count, H, out + at, v->pass->weights + bias, keep,
                  v->pass->hidden_threshold, residual + at);
}

/* The layer's input at the rows that it computes, which out has room for until the end.
 */
static const float *residual_of(const struct level *v, struct block b, const float *x) {
    if (v->rows == NULL)
        return x;
    float *out = v->state->out.at;
    rows_gather(b.count, v->H, v->rows + b.first, matrix_f32(x, v->H),
                matrix_f32(out + b.first * v->H, v->H));
    return out;
}

static void forward_block(const struct level *v, struct block b, const float *x) {
    const struct layer_state *state = v->state;
    enum stage outer = stage_to(STAGE_OUTPUT);
    float *middle = state->middle.at, *out = state->out.at;
    level_attention_output(v, b, middle + b.first * v->H);
    end_branch(v, b, SITE_ATTENTION, v->at->attention_output.bias,
               &state->attention_norm, residual_of(v, b, x), middle);
    begin_branch(v, b, &v->at->output_norm, &state->output_norm, middle, state->fed);
    level_feed_forward(v, b, state->fed, out + b.first * v->H);
    end_branch(v, b, SITE_OUTPUT, v->at->output.bias, &state->output_norm, middle, out);
    stage_to(outer);
    pass_poll(v->pass);
}

static void normalise_input(const struct level *v, const float *x) {
    int64_t blocks = block_count(v->T);
    enum stage outer = stage_to(STAGE_NORM);
#pragma omp for schedule(static)
    for (int64_t i = 0; i < blocks; i++)
        begin_branch(v, block_of(v->T, i), &v->at->attention_norm,
                     &v->state->attention_norm, x, v->state->normed);
    stage_to(outer);
}

static void pre_forward(const struct pass *pass, int64_t layer,
                        const struct stream *x) {
    struct level v = level_begin(pass, layer, GEMM_T);
    const struct stream in = {NULL, v.state->normed};
    int64_t blocks = block_count(v.R);
    normalise_input(&v, x->at);
    level_attend(&v, &in);
#pragma omp for schedule(dynamic)
    for (int64_t i = 0; i < blocks; i++)
        forward_block(&v, block_of(v.R, i), x->at);
}

/* From the gradient of LayerNorm's output to that of its input, in place. */
static void norm_back(const struct level *v, struct block b,
                      const struct norm_places *places, const struct norm_state *norm,
                      float *d, const struct branch_sums *sums) {
    int64_t at = b.first * v->H;
    stage_to(STAGE_DNORM);
    layernorm_backward(b.count, v->H, matrix_from(norm->xhat, b.first, 0),
                       v->pass->weights + places->weight, norm->rstd + b.first, d + at,
                       d + at, sums->norm_weight, sums->norm_bias);
}

/* From the gradient d of the output to what enters attention from above, and, in d's
 * place, the gradient that goes past it. */
static void backward_block(const struct level *v, int64_t i, float *d) {
    const struct layer_state *state = v->state;
    const struct model *model = v->model;
    struct block b = block_of(v->R, i);
    int64_t at = b.first * v->H;
    enum stage outer = stage_to(STAGE_DNORM);
    struct layer_sums sums = level_sums(v, i);
    level_branch_back(v, b, &state->output_norm, d, model->ddown, sums.output.bias);
    level_feed_forward_back(v, b, sums.intermediate, false, model->dnormed);
    norm_back(v, b, &v->at->output_norm, &state->output_norm, model->dnormed,
              &sums.output);
    vec_add(b.count * v->H, model->dnormed + at, d + at);
    level_branch_back(v, b, &state->attention_norm, d, model->dattention,
                      sums.attention.bias);
    level_attention_output_back(v, b);
    stage_to(outer);
    pass_poll(v->pass);
}

/* From what came through attention, `all` (T,H), and past it, d (R,H), to dx (T,H): one
 * of the two lies there already. */
static void join_input(const struct level *v, float *all, const float *d) {
    float *dx = v->model->dx;
    int64_t of_all = block_count(v->T), of_some = v->rows ? block_count(v->R) : 0;
    enum stage outer = stage_to(STAGE_DNORM);
#pragma omp for schedule(static)
    for (int64_t i = 0; i < of_all; i++) {
        struct block b = block_of(v->T, i);
        struct layer_sums sums = weights_sums(v->model, i);
        norm_back(v, b, &v->at->attention_norm, &v->state->attention_norm, all,
                  &sums.attention);
        if (v->rows == NULL)
            vec_add(b.count * v->H, all + b.first * v->H, dx + b.first * v->H);
    }
#pragma omp for schedule(static)
    for (int64_t i = 0; i < of_some; i++) {
        struct block b = block_of(v->R, i);
        rows_scatter_add(b.count, v->H, v->rows + b.first, d + b.first * v->H, dx);
    }
    stage_to(outer);
}

static void pre_backward(const struct pass *pass, int64_t layer, const struct stream *x,
                         float *dout) {
    struct level v = level_begin(pass, layer, GEMM_N);
    const struct stream in = {NULL, v.state->normed};
    const struct model *model = pass->model;
    int64_t blocks = block_count(v.R);
    float *all = v.rows ? model->dx : model->dnormed;
    (void)x;
#pragma omp for schedule(dynamic)
    for (int64_t i = 0; i < blocks; i++)
        backward_block(&v, i, dout);
    level_attend_back(&v, model->dnormed, false, all);
    join_input(&v, all, dout);
    level_end(&v, &in, v.state->fed);
}

const struct layer_kind layer_pre = {pre_rows,       pre_place,   level_place_shared,
                                     pre_place_down, pre_forward, pre_backward};
