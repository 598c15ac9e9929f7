/* SPDX-License-Identifier: Apache-2.0 */
/* The pretraining heads of Devlin et al. (2018): see heads.h.  Only rows that somebody
 * looks at go through them.  The decoder is the word embedding, so its gradient goes
 * there. */
#include "src/model/heads.h"

#include "src/kernels/embedding.h"
#include "src/kernels/gelu.h"
#include "src/kernels/layernorm.h"
#include "src/kernels/vec.h"
#include "src/model/linear.h"

void mlm_forward(const struct pass *pass, const float *x, int64_t first, int64_t n,
                 float *logits) {
    const struct model *model = pass->model;
    const struct shape *shape = &model->options.shape;
    const struct head_places *at = &model->places.heads;
    const struct mlm_state *mlm = &model->mlm;
    const float *w = pass->weights;
    int64_t H = shape->H;
    rows_gather(n, H, pass->masked + first, x, mlm->rows);
    linear_forward(n, H, H, mlm->rows, w + at->transform.weight, mlm->pre);
    gelu_forward(n, H, mlm->pre, w + at->transform.bias, mlm->xhat,
                 shape->gelu == GELU_TANH);
    layernorm_forward(n, H, mlm->xhat, w + at->transform_norm.weight,
                      w + at->transform_norm.bias, shape->norm_eps, mlm->out,
                      mlm->rstd);
    linear_forward(n, H, shape->V, mlm->out, w + model->places.embedding.word, logits);
}

void mlm_backward(const struct pass *pass, int64_t first, int64_t n,
                  const float *dlogits) {
    const struct model *model = pass->model;
    const struct shape *shape = &model->options.shape;
    const struct head_places *at = &model->places.heads;
    const struct mlm_state *mlm = &model->mlm;
    const float *w = pass->weights;
    float *g = pass->grads, *d = mlm->dout; /* (n,H) of out, of gelu, of pre */
    int64_t H = shape->H, V = shape->V;
    size_t word = model->places.embedding.word;
    vec_sum_rows(n, V, dlogits, g + at->decoder_bias);
    linear_backward_weight(n, H, V, mlm->out, dlogits, g + word);
    linear_backward_input(n, H, V, w + word, dlogits, 0, d);
    layernorm_backward(n, H, mlm->xhat, w + at->transform_norm.weight, mlm->rstd, d, d,
                       g + at->transform_norm.weight, g + at->transform_norm.bias);
    gelu_backward(n, H, mlm->pre, d, d, shape->gelu == GELU_TANH);
    vec_sum_rows(n, H, d, g + at->transform.bias);
    linear_backward_weight(n, H, H, mlm->rows, d, g + at->transform.weight);
    linear_backward_input(n, H, H, w + at->transform.weight, d, 0, mlm->rows);
    rows_scatter_add(n, H, pass->masked + first, mlm->rows, model->dx);
}

void next_forward(const struct pass *pass, const float *x, float *logits) {
    const struct model *model = pass->model;
    const struct head_places *at = &model->places.heads;
    const struct next_state *next = &model->next;
    const float *w = pass->weights;
    int64_t B = pass->B, H = model->options.shape.H;
    rows_gather(B, H, pass->starts, x, next->rows);
    linear_forward(B, H, H, next->rows, w + at->pooler.weight, next->pooled);
    vec_add_bias(B, H, next->pooled, w + at->pooler.bias);
    vec_tanh(B * H, next->pooled, next->pooled);
    linear_forward(B, H, 2, next->pooled, w + at->next.weight, logits);
}

void next_backward(const struct pass *pass, const float *dlogits) {
    const struct model *model = pass->model;
    const struct head_places *at = &model->places.heads;
    const struct next_state *next = &model->next;
    const float *w = pass->weights;
    float *g = pass->grads, *d = next->dpooled; /* (B,H) behind tanh, then before it */
    int64_t B = pass->B, H = model->options.shape.H;
    vec_sum_rows(B, 2, dlogits, g + at->next.bias);
    linear_backward_weight(B, H, 2, next->pooled, dlogits, g + at->next.weight);
    linear_backward_input(B, H, 2, w + at->next.weight, dlogits, 0, d);
    vec_tanh_backward(B * H, next->pooled, d, d);
    vec_sum_rows(B, H, d, g + at->pooler.bias);
    linear_backward_weight(B, H, H, next->rows, d, g + at->pooler.weight);
    linear_backward_input(B, H, H, w + at->pooler.weight, d, 0, next->rows);
    rows_scatter_add(B, H, pass->starts, next->rows, model->dx);
}
