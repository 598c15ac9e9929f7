/* SPDX-License-Identifier: Apache-2.0 */
/* The layer of the Transformer (Vaswani et al. 2017) and of BERT: after each branch is
 * added to the stream, the stream is normalised.
 *
 *     middle = LayerNorm(x + attention(x))    out = LayerNorm(middle + feed(middle)) */
#include "src/base/stage.h"
#include "src/kernels/layernorm.h"
#include "src/model/layer.h"
#include "src/model/level.h"

#define AT(member) offsetof(struct layer_places, member)

static const struct row post_rows[] = {
    {"attention.self.query.weight", "W", "H", ROW_HIDDEN, AT(qkv.weight)},
    {"attention.self.key.weight", "W", "H", ROW_HIDDEN, ROW_FOLLOWS},
    {"attention.self.value.weight", "W", "H", ROW_HIDDEN, ROW_FOLLOWS},
    {"attention.self.query.bias", "W", NULL, ROW_BIAS, AT(qkv.bias)},
    {"attention.self.key.bias", "W", NULL, ROW_BIAS, ROW_FOLLOWS},
    {"attention.self.value.bias", "W", NULL, ROW_BIAS, ROW_FOLLOWS},
    {"attention.output.dense.weight", "H", "W", ROW_HIDDEN,
     AT(attention_output.weight)},
    {"attention.output.dense.bias", "H", NULL, ROW_BIAS, AT(attention_output.bias)},
    {"attention.output.LayerNorm.weight", "H", NULL, ROW_GAIN,
     AT(attention_norm.weight)},
    {"attention.output.LayerNorm.bias", "H", NULL, ROW_BIAS, AT(attention_norm.bias)},
    {"intermediate.dense.weight", "F", "H", ROW_HIDDEN, AT(intermediate.weight)},
    {"intermediate.dense.bias", "F", NULL, ROW_BIAS, AT(intermediate.bias)},
    {"output.dense.weight", "H", "F", ROW_HIDDEN, AT(output.weight)},
    {"output.dense.bias", "H", NULL, ROW_BIAS, AT(output.bias)},
    {"output.LayerNorm.weight", "H", NULL, ROW_GAIN, AT(output_norm.weight)},
    {"output.LayerNorm.bias", "H", NULL, ROW_BIAS, AT(output_norm.bias)},
    {0},
};

static void post_place(struct model *model, int64_t layer, struct carve *carve) {
    level_place(model, layer, model->kind, carve);
}

/* The end of a branch: bias, dropout, the residual sum and LayerNorm, of a block whose
 * product is x (block,H), which is used up. */
static void end_branch(const struct level *v, struct block b, float *x,
                       enum dropout_site site, size_t bias,
                       const struct norm_places *places, const struct norm_state *norm,
                       const float *residual, const struct stream *out) {
    int64_t H = v->H, at = b.first * H;
    uint8_t *keep = norm->keep + b.first * ((H + 7) / 8);
    const struct layernorm by = pass_norm(v->pass, places);
    struct layernorm_out to = {.y = matrix_f32(out->at + at, H),
                               .xhat = matrix_from(norm->xhat, b.first, 0),
                               .rstd = norm->rstd + b.first};
    if (out->read.kind != NUMBER_F32)
        to.copy = matrix_from(out->read, b.first, 0);
    stage_to(STAGE_NORM);
    pass_draw(v->pass, pass_site(v->layer, site), v->rows, b.first, b.count, H, keep);
    layernorm_residual(b.count, H, x, v->pass->weights + bias, keep,
                       v->pass->hidden_threshold, residual + at, &by, &to);
}

static float *branch_of(const struct level *v, struct block b,
                        const struct norm_state *norm) {
    return level_room(v, matrix_from(norm->xhat, b.first, 0));
}

static void forward_block(const struct level *v, struct block b, const float *x) {
    const struct layer_state *state = v->state;
    enum stage outer = stage_to(STAGE_OUTPUT);
    float *branch = branch_of(v, b, &state->attention_norm);
    level_attention_output(v, b, branch);
    end_branch(v, b, branch, SITE_ATTENTION, v->at->attention_output.bias,
               &v->at->attention_norm, &state->attention_norm, x, &state->middle);
    branch = branch_of(v, b, &state->output_norm);
    level_feed_forward(v, b, state->middle.read, branch);
    end_branch(v, b, branch, SITE_OUTPUT, v->at->output.bias, &v->at->output_norm,
               &state->output_norm, state->middle.at, &state->out);
    stage_to(outer);
    pass_poll(v->pass);
}

static void post_forward(const struct pass *pass, int64_t layer,
                         const struct stream *x) {
    struct level v = level_begin(pass, layer, GEMM_T);
    int64_t blocks = block_count(v.R);
    level_attend(&v, x);
#pragma omp for schedule(dynamic)
    for (int64_t i = 0; i < blocks; i++)
        forward_block(&v, block_of(v.R, i), level_chosen(&v, x).at);
}

/* From the gradient d of a LayerNorm's output to that of the stream before it, in
 * place, and that of the branch; its columns are summed to where the block's sums
 * are. */
static void begin_branch(const struct level *v, struct block b,
                         const struct norm_places *places,
                         const struct norm_state *norm, float *d, struct matrix dbranch,
                         const struct branch_sums *sums) {
    int64_t at = b.first * v->H;
    stage_to(STAGE_DNORM);
    layernorm_backward(b.count, v->H, matrix_from(norm->xhat, b.first, 0),
                       v->pass->weights + places->weight, norm->rstd + b.first, d + at,
                       d + at, sums->norm_weight, sums->norm_bias);
    level_branch_back(v, b, norm, d, dbranch, sums->bias);
}

/* From the gradient d of the output to what enters attention from above, and, in d's
 * place, the gradient that goes past it. */
static void backward_block(const struct level *v, int64_t i, float *d) {
    const struct layer_state *state = v->state;
    const struct model *model = v->model;
    struct block b = block_of(v->R, i);
    enum stage outer = stage_to(STAGE_DNORM);
    struct layer_sums sums = level_sums(v, i);
    begin_branch(v, b, &v->at->output_norm, &state->output_norm, d, model->ddown,
                 &sums.output);
    level_feed_forward_back(v, b, sums.intermediate, true, d);
    begin_branch(v, b, &v->at->attention_norm, &state->attention_norm, d,
                 model->dattention, &sums.attention);
    level_attention_output_back(v, b);
    stage_to(outer);
    pass_poll(v->pass);
}

static void post_backward(const struct pass *pass, int64_t layer,
                          const struct stream *x, float *dout) {
    struct level v = level_begin(pass, layer, GEMM_N);
    int64_t blocks = block_count(v.R);
#pragma omp for schedule(dynamic)
    for (int64_t i = 0; i < blocks; i++)
        backward_block(&v, i, dout);
    level_attend_back(&v, dout, true, pass->model->dx);
    level_end(&v, x, v.state->middle.read);
}

const struct layer_kind layer_post = {post_rows,          post_place,
                                      level_place_shared, level_place_down,
                                      post_forward,       post_backward};
