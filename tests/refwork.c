/* SPDX-License-Identifier: Apache-2.0 */
/* The tools of the plain twin: see refwork.h.  Memory goes when the sequence ends. */
#include "tests/refwork.h"

#include <stdio.h>
#include <string.h>

#include "src/base/die.h"
#include "src/kernels/ref.h"

double *work_zeros(struct work *w, int64_t n) {
    double *x = arena_alloc(&w->arena, (size_t)n * sizeof *x, 64);
    memset(x, 0, (size_t)n * sizeof *x);
    return x;
}

double *work_copy(struct work *w, const double *x, int64_t n) {
    return memcpy(work_zeros(w, n), x, (size_t)n * sizeof *x);
}

uint8_t *work_bits(struct work *w, int64_t rows, int64_t n) {
    return arena_alloc(&w->arena, (size_t)(rows * ((n + 7) / 8)), 64);
}

struct refspan work_span(const struct work *w, int64_t n) {
    const int32_t *spans = w->batch->spans + w->span;
    return (struct refspan){spans[n] - w->row, spans[n + 1] - spans[n]};
}

size_t work_find(const struct work *w, const char *name, const char *suffix) {
    char full[3 * TENSOR_NAME_SIZE];
    snprintf(full, sizeof full, "%s%s%s", w->prefix, name, suffix);
    const struct tensor *tensor = params_find(w->ref->table, full);
    if (tensor == NULL)
        die("no tensor %s", full);
    return tensor->offset;
}

struct dropout_key work_key(const struct work *w, uint32_t site) {
    struct origin origin = w->batch->origins[w->b];
    return (struct dropout_key){w->ref->options.dropout_seed, origin.lane,
                                origin.number, site};
}

double *work_dense(struct work *w, const char *name, int64_t rows, int64_t in,
                   int64_t out, const double *x) {
    double *y = work_zeros(w, rows * out);
    ref_gemm(GEMM_N, GEMM_T, rows, out, in, 1, x, in,
             w->weights + work_find(w, name, ".weight"), in, 0, y, out);
    ref_vec_add_bias(rows, out, y, w->weights + work_find(w, name, ".bias"));
    return y;
}

void work_dense_back(struct work *w, const char *name, int64_t rows, int64_t in,
                     int64_t out, const double *x, const double *dy, double *dx) {
    size_t weight = work_find(w, name, ".weight");
    ref_gemm(GEMM_T, GEMM_N, out, in, rows, 1, dy, out, x, in, 1, w->grads + weight,
             in);
    ref_vec_sum_rows(rows, out, dy, w->grads + work_find(w, name, ".bias"));
    ref_gemm(GEMM_N, GEMM_N, rows, in, out, 1, dy, out, w->weights + weight, in, 1, dx,
             in);
}

double *work_norm(struct work *w, const char *name, int64_t rows, int64_t n, double *x,
                  double *rstd) {
    double *y = work_zeros(w, rows * n);
    ref_layernorm_forward(rows, n, x, w->weights + work_find(w, name, ".weight"),
                          w->weights + work_find(w, name, ".bias"),
                          w->ref->options.shape.norm_eps, y, rstd);
    return y;
}

void work_norm_back(struct work *w, const char *name, int64_t rows, int64_t n,
                    const double *xhat, const double *rstd, double *d) {
    size_t weight = work_find(w, name, ".weight");
    ref_layernorm_backward(rows, n, xhat, w->weights + weight, rstd, d, d,
                           w->grads + weight, w->grads + work_find(w, name, ".bias"));
}

double *work_columns(struct work *w, const struct refspan *span, const double *x,
                     int64_t a, int64_t D) {
    double *y = work_zeros(w, span->s * D);
    for (int64_t i = 0; i < span->s; i++)
        memcpy(y + i * D, x + (span->row + i) * w->W + a * D, (size_t)D * sizeof *y);
    return y;
}

void work_columns_add(const struct work *w, const struct refspan *span, const double *y,
                      int64_t a, int64_t D, double *x) {
    for (int64_t i = 0; i < span->s; i++)
        for (int64_t j = 0; j < D; j++)
            x[(span->row + i) * w->W + a * D + j] += y[i * D + j];
}
