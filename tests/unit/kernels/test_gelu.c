/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: gelu against its reference at odd widths on every instruction set, made as
 * floats and rounded; its slope against the difference quotient of the reference; ends
 * of the range as rows. */
#include "src/kernels/gelu.h"

#include <math.h>

#include "src/base/dispatch.h"
#include "src/base/mem.h"
#include "src/kernels/ref.h"
#include "tests/fill.h"
#include "tests/half.h"
#include "tests/near.h"
#include "tests/tap.h"

/* x has deviation 3, so tails are met; one rounding of x + bias is allowed for. */
static const struct near_limits value_limits = {0.1, 1e-6, 2e-6};
static const struct near_limits slope_limits = {0.1, 2e-6, 4e-6};

static const int64_t widths[] = {1, 7, 15, 16, 17, 100, 127, 128, 768, 1100};

static void test_against_ref(enum number kind, int64_t rows, int64_t n, int64_t ld,
                             int tanh_form) {
    int64_t count = rows * ld;
    float *x = fill_normal(count, 1, 3), *bias = fill_normal(n, 2, 0.1);
    float *other = fill_normal(count, 4, 1);
    double *wslope = fill_widen(count, x), *wbias = fill_widen(n, bias);
    /* in place where the slope is in single precision; what is between rows stays */
    struct matrix in = matrix_f32(x, ld);
    struct matrix slope = kind == NUMBER_F32 ? in : half_matrix(kind, rows, ld, x);
    struct matrix y = half_matrix(kind, rows, ld, other);
    double *wy = half_wide(y, rows), one = 1;
    for (int64_t i = 0; i < rows; i++) {
        double *row = wslope + i * ld;
        ref_gelu_forward(1, n, row, wbias, wy + i * ld, tanh_form);
        for (int64_t j = 0; j < n; j++)
            ref_gelu_backward(1, 1, row + j, &one, row + j, tanh_form);
    }
    gelu_forward(rows, n, in, bias, slope, y, tanh_form);
    half_near(rows, n, y, wy, value_limits, tanh_form ? "tanh: y" : "y");
    half_near(rows, n, slope, wslope, slope_limits,
              tanh_form ? "tanh: slope" : "slope");
    mem_free(bias), mem_free(other), mem_free(y.at), mem_free(x);
    mem_free(wslope), mem_free(wbias), mem_free(wy);
    if (kind != NUMBER_F32)
        mem_free(slope.at);
}

static void test_backward(enum number kind, int64_t rows, int64_t n, int64_t ld) {
    float *dy = fill_normal(rows * ld, 5, 1), *x = fill_normal(rows * ld, 6, 1);
    struct matrix slope = half_matrix(kind, rows, ld, x), d = matrix_f32(dy, ld);
    struct matrix dx = kind == NUMBER_F32 ? d : half_matrix(kind, rows, ld, dy);
    double *want = half_wide(dx, rows), *wslope = half_wide(slope, rows);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < n; j++)
            want[i * ld + j] = (double)dy[i * ld + j] * wslope[i * ld + j];
    gelu_backward(rows, n, d, slope, dx);
    half_near(rows, n, dx, want, (struct near_limits){0.2, 5e-7, 1e-6}, "dx");
    if (kind != NUMBER_F32)
        mem_free(dx.at);
    mem_free(dy), mem_free(x), mem_free(slope.at), mem_free(want), mem_free(wslope);
}

/* (gelu(x + h) - gelu(x - h)) / 2h in double */
static void test_slope(int tanh_form) {
    enum { N = 400 };
    const double h = 1e-5, zero = 0;
    float slope[N], bias[N] = {0}, y[N];
    double quotient[N];
    for (int i = 0; i < N; i++) {
        slope[i] = (float)(i - N / 2) * 0.03f;
        double up = (double)slope[i] + h, down = (double)slope[i] - h, y_up, y_down;
        ref_gelu_forward(1, 1, &up, &zero, &y_up, tanh_form);
        ref_gelu_forward(1, 1, &down, &zero, &y_down, tanh_form);
        quotient[i] = (y_up - y_down) / (2 * h);
    }
    gelu_forward(1, N, matrix_f32(slope, N), bias, matrix_f32(slope, N),
                 matrix_f32(y, N), tanh_form);
    near_f32(N, slope, quotient, (struct near_limits){0.1, 4e-6, 1e-5},
             "tanh %d: slope is the difference quotient", tanh_form);
}

static void test_ends(int tanh_form) {
    static const float ends[] = {0, -0.0f, 1e-40f, 20, -20, 1e4f, -1e4f, 1e18f, -1e18f};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        float x = ends[i], y = NAN, slope = x, zero = 0;
        gelu_forward(1, 1, matrix_f32(&slope, 1), &zero, matrix_f32(&slope, 1),
                     matrix_f32(&y, 1), tanh_form);
        double scale = fmax(1, fabs((double)x));
        ok(fabs((double)y - (x > 0 ? (double)x : 0)) <= 1e-30 * scale,
           "tanh %d: gelu(%g) is %g", tanh_form, (double)ends[i], (double)y);
        if (fabsf(x) > 1)
            ok(fabs((double)slope - (x > 0)) < 1e-16, "tanh %d: slope at %g is %g",
               tanh_form, (double)ends[i], (double)slope);
    }
    float x = NAN, y = 0, zero = 0;
    gelu_forward(1, 1, matrix_f32(&x, 1), &zero, matrix_f32(&x, 1), matrix_f32(&y, 1),
                 tanh_form);
    ok(isnan(y) && isnan(x), "tanh %d: NaN stays", tanh_form);
}

static void test_kind(enum number kind) {
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        for (int tanh_form = 0; tanh_form < 2; tanh_form++)
            test_against_ref(kind, 5, widths[i], widths[i] + 3 * (int64_t)(i % 2),
                             tanh_form);
        test_backward(kind, 5, widths[i], widths[i] + 3 * (int64_t)(i % 2));
    }
    test_against_ref(kind, 0, 16, 16, 0);
}

int main(void) {
    for (int isa = 0; fill_isa(isa); isa++) {
        test_kind(NUMBER_F32);
        test_kind(NUMBER_BF16);
        for (int tanh_form = 0; tanh_form < 2; tanh_form++) {
            test_slope(tanh_form);
            test_ends(tanh_form);
        }
    }
    return tap_done();
}
