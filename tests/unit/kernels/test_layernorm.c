/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: layer normalisation against its reference at odd widths on every instruction
 * set, with floats and with what is rounded, alone and after a branch; dx against
 * difference quotients; constant and far-off rows as rows. */
#include "src/kernels/layernorm.h"

#include <math.h>
#include <string.h>

#include "src/base/dispatch.h"
#include "src/base/mem.h"
#include "src/kernels/dropout.h"
#include "src/kernels/ref.h"
#include "tests/fill.h"
#include "tests/half.h"
#include "tests/near.h"
#include "tests/tap.h"

static const double eps = 1e-12;
/* n = 1 has no variance: xhat is 0 or noise over √eps, so it begins at 2. */
static const int64_t widths[] = {2, 7, 15, 16, 17, 100, 127, 128, 768};

static void test_against_ref(enum number kind, int64_t rows, int64_t n) {
    int64_t count = rows * n;
    float *x = fill_normal(count, 1, 2), *y = fill_normal(count, 2, 1);
    float *gamma = fill_normal(n, 3, 1), *beta = fill_normal(n, 4, 1);
    float *dy = fill_normal(count, 5, 1), *rstd = fill_normal(rows, 6, 1);
    float *dgamma = fill_normal(n, 7, 1), *dbeta = fill_normal(n, 8, 1);
    double *wx = fill_widen(count, x), *wy = fill_widen(count, y);
    double *wgamma = fill_widen(n, gamma), *wbeta = fill_widen(n, beta);
    double *wdy = fill_widen(count, dy), *wrstd = fill_widen(rows, rstd);
    double *wdgamma = fill_widen(n, dgamma), *wdbeta = fill_widen(n, dbeta);
    int isa = (int)dispatch_isa(), w = (int)n;
    const struct layernorm norm = {gamma, beta, eps};
    /* in place where xhat is in single precision */
    struct matrix xhat =
        kind == NUMBER_F32 ? matrix_f32(x, n) : half_matrix(kind, rows, n, x);
    struct matrix ys = half_matrix(kind, rows, n, y);
    layernorm_forward(rows, n, x, &norm,
                      &(struct layernorm_out){.y = ys, .xhat = xhat, .rstd = rstd});
    ref_layernorm_forward(rows, n, wx, wgamma, wbeta, eps, wy, wrstd);
    /* of two numbers that happen to be close the difference has lost digits */
    struct near_limits wide = {n == 2 ? 1 : 0.1, 4e-6, n == 2 ? 1e-4 : 1e-5};
    half_near(rows, n, xhat, wx, wide, "xhat");
    half_near(rows, n, ys, wy, (struct near_limits){n == 2 ? 10 : 1, 2e-6, 4e-6}, "y");
    near_f32(rows, rstd, wrstd, wide, "isa %d n %d: rstd", isa, w);
    /* the same xhat for both, so that only backward is judged */
    mem_free(wx);
    wx = half_wide(xhat, rows);
    for (int64_t i = 0; i < rows; i++)
        wrstd[i] = (double)rstd[i];
    layernorm_backward(rows, n, xhat, gamma, rstd, dy, dy, dgamma, dbeta);
    ref_layernorm_backward(rows, n, wx, wgamma, wrstd, wdy, wdy, wdgamma, wdbeta);
    struct near_limits grad = {n == 2 ? 100 : 0.5, 4e-6, 1e-5};
    near_f32(count, dy, wdy, grad, "isa %d n %d: dx in place", isa, w);
    struct near_limits limits = {0.1 + sqrt((double)rows), 1e-6, 3e-6};
    near_f32(n, dgamma, wdgamma, limits, "isa %d n %d: dgamma added to", isa, w);
    near_f32(n, dbeta, wdbeta, limits, "isa %d n %d: dbeta added to", isa, w);
    mem_free(x), mem_free(y), mem_free(gamma), mem_free(beta), mem_free(dy),
        mem_free(rstd);
    mem_free(dgamma), mem_free(dbeta), mem_free(wx), mem_free(wy), mem_free(wgamma);
    mem_free(wbeta), mem_free(wdy), mem_free(wrstd), mem_free(wdgamma),
        mem_free(wdbeta), mem_free(ys.at);
    if (kind != NUMBER_F32)
        mem_free(xhat.at);
}

/* A row in place. */
static void normalise(int64_t n, float *x, const float *gamma, const float *beta,
                      double e, float *y, float *rstd) {
    const struct layernorm norm = {gamma, beta, e};
    layernorm_forward(1, n, x, &norm,
                      &(struct layernorm_out){.y = matrix_f32(y, n),
                                              .xhat = matrix_f32(x, n),
                                              .rstd = rstd});
}

/* Σ w · layernorm(x), in double */
static double weighted(int64_t n, const double *x, const double *gamma,
                       const double *w) {
    double xhat[32], y[32], beta[32] = {0}, rstd, sum = 0;
    memcpy(xhat, x, (size_t)n * sizeof *x);
    ref_layernorm_forward(1, n, xhat, gamma, beta, eps, y, &rstd);
    for (int64_t j = 0; j < n; j++)
        sum += w[j] * y[j];
    return sum;
}

static void test_quotient(void) {
    enum { N = 31 };
    const double h = 1e-5;
    float *x = fill_normal(N, 11, 1), *gamma = fill_normal(N, 12, 1);
    float *w = fill_normal(N, 13, 1);
    double *wx = fill_widen(N, x), *wgamma = fill_widen(N, gamma),
           *ww = fill_widen(N, w);
    float y[N], beta[N] = {0}, rstd, dgamma[N] = {0}, dbeta[N] = {0};
    double quotient[N];
    for (int j = 0; j < N; j++) {
        double at = wx[j];
        wx[j] = at + h;
        quotient[j] = weighted(N, wx, wgamma, ww);
        wx[j] = at - h;
        quotient[j] = (quotient[j] - weighted(N, wx, wgamma, ww)) / (2 * h);
        wx[j] = at;
    }
    normalise(N, x, gamma, beta, eps, y, &rstd);
    layernorm_backward(1, N, matrix_f32(x, N), gamma, &rstd, w, w, dgamma, dbeta);
    near_f32(N, w, quotient, (struct near_limits){1, 4e-6, 1e-5},
             "dx is the difference quotient");
    mem_free(x), mem_free(gamma), mem_free(w), mem_free(wx), mem_free(wgamma),
        mem_free(ww);
}

/* The end of a branch is what its four steps are one by one; y is made in single
 * precision, and beside it, where xhat is rounded, as bf16. */
static void test_residual(enum number kind, int64_t rows, int64_t n,
                          uint32_t threshold) {
    static const struct dropout_key key = {.seed = 5, .number = 7};
    int64_t count = rows * n;
    float *x = fill_normal(count, 21, 1), *bias = fill_normal(n, 22, 1);
    float *residual = fill_normal(count, 23, 1), *gamma = fill_normal(n, 24, 1);
    float *beta = fill_normal(n, 25, 1), *y = fill_normal(count, 26, 1);
    float *rstd = fill_normal(rows, 27, 1), *sum = fill_normal(count, 21, 1);
    double *wx = fill_widen(count, x), *wbias = fill_widen(n, bias);
    double *wresidual = fill_widen(count, residual), *wgamma = fill_widen(n, gamma);
    double *wbeta = fill_widen(n, beta), *wy = fill_widen(count, y);
    double *wrstd = fill_widen(rows, rstd);
    struct matrix xhat = half_matrix(kind, rows, n, x);
    struct matrix copy = half_matrix(NUMBER_BF16, rows, n, y);
    const struct layernorm norm = {gamma, beta, eps};
    struct layernorm_out out = {.y = matrix_f32(y, n), .xhat = xhat, .rstd = rstd};
    uint8_t *keep = mem_alloc((size_t)(rows * ((n + 7) / 8)), 1);
    if (kind == NUMBER_BF16)
        out.copy = copy;
    dropout_draw(rows, n, &key, 0, threshold, keep);
    layernorm_residual(rows, n, x, bias, keep, threshold, residual, &norm, &out);
    layernorm_add(rows, n, sum, bias, keep, threshold, residual);
    ref_vec_add_bias(rows, n, wx, wbias);
    ref_dropout_backward(rows, n, n, threshold, keep, wx, wx);
    ref_vec_add(count, wresidual, wx);
    near_f32(count, sum, wx, (struct near_limits){1, 1e-6, 1e-6},
             "isa %d n %d: the sum alone", (int)dispatch_isa(), (int)n);
    ref_layernorm_forward(rows, n, wx, wgamma, wbeta, eps, wy, wrstd);
    struct near_limits wide = {n == 2 ? 1 : 0.1, 4e-6, n == 2 ? 1e-4 : 1e-5};
    struct near_limits limits = {n == 2 ? 10 : 1, 2e-6, 6e-6};
    half_near(rows, n, xhat, wx, wide, "xhat behind a branch");
    half_near(rows, n, out.y, wy, limits, "y behind a branch");
    if (kind == NUMBER_BF16)
        half_near(rows, n, copy, wy, limits, "and its copy");
    mem_free(x), mem_free(bias), mem_free(residual), mem_free(gamma), mem_free(beta);
    mem_free(y), mem_free(rstd), mem_free(wx), mem_free(wbias), mem_free(wresidual);
    mem_free(wgamma), mem_free(wbeta), mem_free(wy), mem_free(wrstd), mem_free(keep);
    mem_free(sum), mem_free(xhat.at), mem_free(copy.at);
}

static void test_hard_rows(void) {
    float constant[8] = {3, 3, 3, 3, 3, 3, 3, 3}, y[8], rstd;
    const float gamma[8] = {1, 1, 1, 1, 1, 1, 1, 1}, beta[8] = {5, 5, 5, 5, 5, 5, 5, 5};
    normalise(8, constant, gamma, beta, 1e-12, y, &rstd);
    ok(y[0] == 5 && y[7] == 5 && isfinite(rstd), "a constant row becomes beta");
    float far[8] = {4096, 4097, 4098, 4099, 4100, 4101, 4102, 4103};
    normalise(8, far, gamma, beta, 0, y, &rstd);
    ok(fabsf(far[0] + 1.5275252f) < 1e-6f, "a row far from 0 keeps its digits");
    float bad[8] = {1, 2, NAN, 4, 5, 6, 7, 8};
    normalise(8, bad, gamma, beta, 1e-12, y, &rstd);
    ok(isnan(y[0]) && isnan(rstd), "NaN is not hidden");
}

int main(void) {
    for (int isa = 0; fill_isa(isa); isa++) {
        for (enum number kind = NUMBER_F32; kind <= NUMBER_BF16; kind++)
            for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
                test_against_ref(kind, 7, widths[i]);
                test_residual(kind, 7, widths[i], i % 2 ? 6554 : 0);
            }
        test_quotient();
        test_hard_rows();
    }
    test_against_ref(NUMBER_F32, 0, 16);
    test_against_ref(NUMBER_BF16, 700, 128);
    return tap_done();
}
