/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: each operation against its reference at odd lengths on every instruction set;
 * sums have the same bits for any number of threads; denormals are gone once asked. */
#include "src/kernels/vec.h"

#include <math.h>
#include <omp.h>
#include <string.h>

#include "src/base/dispatch.h"
#include "src/base/mem.h"
#include "src/kernels/ref.h"
#include "tests/fill.h"
#include "tests/half.h"
#include "tests/near.h"
#include "tests/tap.h"

static const struct near_limits limits = {0.2, 5e-7, 1e-6};
static const int64_t lengths[] = {0, 1, 7, 15, 16, 17, 100, 127, 128, 20000};

static void test_elementwise(int64_t n) {
    /* x of deviation .6: where tanh is saturated 1 - y² has no digits left to
     * compare */
    float *x = fill_normal(n, 1, 0.6), *y = fill_normal(n, 2, 2);
    double *wx = fill_widen(n, x), *wy = fill_widen(n, y);
    int isa = (int)dispatch_isa(), w = (int)n;
    vec_add(n, x, y);
    ref_vec_add(n, wx, wy);
    near_f32(n, y, wy, limits, "isa %d n %d: add", isa, w);
    vec_tanh(n, x, y);
    ref_vec_tanh(n, wx, wy);
    near_f32(n, y, wy, limits, "isa %d n %d: tanh", isa, w);
    vec_tanh_backward(n, y, x, x);
    ref_vec_tanh_backward(n, wy, wx, wx);
    near_f32(n, x, wx, limits, "isa %d n %d: tanh backward in place", isa, w);
    double got = vec_sum_squares(n, y), want = 0;
    for (int64_t i = 0; i < n; i++)
        want += (double)y[i] * (double)y[i];
    near_f64(1, &got, &want, (struct near_limits){1e-9, 1e-13, 1e-12},
             "isa %d n %d: sum of squares", isa, w);
    if (n > 0) { /* all but the last, which is somebody else's */
        vec_zero(n - 1, x);
        bool zero = x[n - 1] != 0;
        for (int64_t i = 0; i < n - 1; i++)
            zero = zero && x[i] == 0;
        ok(zero, "isa %d n %d: zero", isa, w);
    }
    mem_free(x), mem_free(y), mem_free(wx), mem_free(wy);
}

/* Rows of one kind to rows of the other, or in place. */
static void test_rows(enum number kind, int64_t rows, int64_t n) {
    int64_t ld = n + 5;
    float *x = fill_normal(rows * ld, 3, 1), *bias = fill_normal(n, 4, 1);
    struct matrix in = matrix_f32(x, ld);
    struct matrix y = kind == NUMBER_F32 ? in : half_matrix(kind, rows, ld, x);
    double *wx = fill_widen(rows * ld, x), *wy = half_wide(y, rows);
    double *wbias = fill_widen(n, bias);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < n; j++)
            wy[i * ld + j] = wx[i * ld + j] + wbias[j];
    vec_add_bias(rows, n, in, bias, y);
    half_near(rows, n, y, wy, limits, "bias");
    mem_free(wy);
    wy = half_wide(y, rows);
    vec_sum_rows(rows, n, y, bias);
    for (int64_t i = 0; i < rows; i++)
        ref_vec_sum_rows(1, n, wy + i * ld, wbias);
    near_f32(n, bias, wbias, (struct near_limits){1 + sqrt((double)rows), 1e-6, 3e-6},
             "isa %d %d × %d: sums added", (int)dispatch_isa(), (int)rows, (int)n);
    mem_free(wx);
    wx = fill_widen(rows * ld, x);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < n; j++)
            wy[i * ld + j] += wx[i * ld + j];
    vec_add_rows(rows, n, in, y);
    half_near(rows, n, y, wy, limits, "rows added");
    if (kind == NUMBER_BF16) {
        for (int64_t i = 0; i < rows * ld; i++)
            wy[i] = i % ld < n ? (double)x[i] : wy[i];
        vec_round(rows, n, in, y);
        mem_free(wx);
        wx = half_wide(y, rows);
        for (int64_t i = 0; i < rows * ld; i++)
            wy[i] = i % ld < n ? wy[i] : wx[i];
        half_near(rows, n, y, wy, limits, "rounded");
        mem_free(y.at);
    }
    mem_free(x), mem_free(bias), mem_free(wx), mem_free(wbias), mem_free(wy);
}

static void test_threads(void) {
    enum { LONG = 5000011 }; /* more than one stretch of blocks */
    float *y = mem_alloc(LONG, sizeof *y);
    for (int i = 0; i < LONG; i++)
        y[i] = (float)(i % 1009) * 1e-3f;
    double squares = 0;
    for (int threads = 1; threads <= 5; threads++) {
        omp_set_num_threads(threads);
        double sum = vec_sum_squares(LONG, y);
        squares = threads == 1 ? sum : squares;
        ok(sum == squares, "%d threads: the same sum of squares", threads);
    }
    double want = 0;
    for (int i = 0; i < LONG; i++)
        want += (double)y[i] * (double)y[i];
    near_f64(1, &squares, &want, (struct near_limits){1, 1e-11, 1e-10},
             "and the right one");
    omp_set_num_threads(2);
    mem_free(y);
}

static void test_hard_numbers(void) {
    float x[3] = {1, NAN, 2};
    ok(isnan(vec_sum_squares(3, x)), "NaN shows in the sum of squares");
    float huge[2] = {3e38f, 3e38f};
    ok(isfinite(vec_sum_squares(2, huge)), "the sum of squares is in double");
}

/* One bad number at each place of a vector, among the extremes of the good ones. */
static void test_nonfinite(int64_t n) {
    static const float good[] = {0, -0.0f, 3.4028234e38f, -3.4028234e38f, 1e-45f};
    static const float bad[] = {NAN, -NAN, INFINITY, -INFINITY};
    float *x = mem_alloc((size_t)n, sizeof *x);
    for (int64_t i = 0; i < n; i++)
        x[i] = good[i % 5];
    int isa = (int)dispatch_isa(), missed = 0;
    is_int(vec_count_nonfinite(n, x), 0, "isa %d n %d: all are finite", isa, (int)n);
    for (int64_t i = 0; i<n; i += n> 1000 ? 997 : 1) {
        float was = x[i];
        x[i] = bad[i % 4];
        missed += vec_count_nonfinite(n, x) != 1;
        x[i] = was;
    }
    is_int(missed, 0, "isa %d n %d: a bad one is found at every place", isa, (int)n);
    for (int64_t i = 0; i < n; i++)
        x[i] = bad[i % 4];
    is_int(vec_count_nonfinite(n, x), n, "isa %d n %d: all are bad", isa, (int)n);
    mem_free(x);
}

static void test_denormals(void) {
    volatile float small = 1e-38f;
    ok(small * 0.01f > 0, "denormals are there by default");
    vec_flush_denormals();
    int left = 0;
#pragma omp parallel reduction(+ : left)
    left += small * 0.01f != 0;
#if defined(__x86_64__) || defined(__aarch64__)
    is_int(left, 0, "denormals are gone in every thread");
#else
    skip("denormals cannot be flushed on this processor", 1);
#endif
}

int main(void) {
    static const char *const names[] = {"baseline", "AVX2", "AVX-512"};
    omp_set_num_threads(2);
    test_denormals(); /* before OpenMP has threads */
    for (int isa = 0; fill_isa(isa); isa++) {
        is_str(vec_describe(), names[isa], "the instruction set has a name");
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
            test_elementwise(lengths[i]), test_nonfinite(lengths[i]);
        for (enum number kind = NUMBER_F32; kind <= NUMBER_BF16; kind++) {
            test_rows(kind, 1, 1);
            test_rows(kind, 7, 17);
            test_rows(kind, 8, 127);
            test_rows(kind, 9, 1100);
            test_rows(kind, 300, 100);
        }
    }
    test_threads();
    test_hard_numbers();
    return tap_done();
}
