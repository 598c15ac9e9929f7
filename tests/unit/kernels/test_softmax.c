/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: softmax against its reference at odd widths and with gaps between rows, on
 * every instruction set; backward against difference quotients; tails, ties, infinities
 * and NaN as rows; what lies between rows must stay. */
#include "src/kernels/softmax.h"

#include <math.h>
#include <string.h>

#include "src/base/dispatch.h"
#include "src/base/mem.h"
#include "src/kernels/ref.h"
#include "tests/fill.h"
#include "tests/near.h"
#include "tests/tap.h"

/* Scores have deviation 8 and are scaled by 1/8 as in attention with heads of 64. */
static const struct near_limits limits = {1e-3, 1e-6, 3e-6};
static const int64_t widths[] = {1,  7,   15,  16,  17,  31,  32,
                                 33, 100, 127, 128, 512, 1000};

static void test_against_ref(int64_t rows, int64_t n, int64_t ld, float scale) {
    int64_t count = rows * ld;
    float *p = fill_normal(count, 1, 8), *dp = fill_normal(count, 2, 1);
    double *wp = fill_widen(count, p), *wdp = fill_widen(count, dp);
    int isa = (int)dispatch_isa();
    softmax_forward(rows, n, ld, scale, p);
    ref_softmax_forward(rows, n, ld, (double)scale, wp);
    near_f32(count, p, wp, limits, "isa %d n %d ld %d: p", isa, (int)n, (int)ld);
    for (int64_t i = 0; i < count; i++)
        wp[i] = (double)p[i];
    softmax_backward(rows, n, ld, scale, p, dp, dp);
    ref_softmax_backward(rows, n, ld, (double)scale, wp, wdp, wdp);
    near_f32(count, dp, wdp, limits, "isa %d n %d ld %d: dx in place", isa, (int)n,
             (int)ld);
    mem_free(p), mem_free(dp), mem_free(wp), mem_free(wdp);
}

static double weighted(int64_t n, const double *x, const double *w) {
    double p[64], sum = 0;
    memcpy(p, x, (size_t)n * sizeof *x);
    ref_softmax_forward(1, n, n, 0.125, p);
    for (int64_t j = 0; j < n; j++)
        sum += w[j] * p[j];
    return sum;
}

static void test_quotient(void) {
    enum { N = 33 };
    const double h = 1e-4;
    float *x = fill_normal(N, 11, 8), *w = fill_normal(N, 12, 1);
    double *wx = fill_widen(N, x), *ww = fill_widen(N, w), quotient[N];
    for (int j = 0; j < N; j++) {
        double at = wx[j];
        wx[j] = at + h;
        quotient[j] = weighted(N, wx, ww);
        wx[j] = at - h;
        quotient[j] = (quotient[j] - weighted(N, wx, ww)) / (2 * h);
        wx[j] = at;
    }
    softmax_forward(1, N, N, 0.125f, x);
    softmax_backward(1, N, N, 0.125f, x, w, w);
    near_f32(N, w, quotient, (struct near_limits){1e-2, 2e-6, 1e-5},
             "dx is the difference quotient");
    mem_free(x), mem_free(w), mem_free(wx), mem_free(ww);
}

static void test_hard_rows(void) {
    float tails[4] = {0, -50, -70, -1e30f};
    softmax_forward(1, 4, 4, 1, tails);
    ok(tails[0] == 1 && tails[1] > 1e-22f && tails[2] == 0 && tails[3] == 0,
       "far tails are 0, near ones are not");
    float large[3] = {1e30f, 1e30f, 0};
    softmax_forward(1, 3, 3, 1, large);
    ok(large[0] == 0.5f && large[1] == 0.5f && large[2] == 0, "large ties share");
    float masked[3] = {-INFINITY, 2, -INFINITY};
    softmax_forward(1, 3, 3, 1, masked);
    ok(masked[0] == 0 && masked[1] == 1 && masked[2] == 0, "-inf takes nothing");
    float bad[40] = {1, 2, NAN};
    softmax_forward(1, 40, 40, 1, bad);
    ok(isnan(bad[0]) && isnan(bad[39]), "NaN is not hidden");
    float over[2] = {INFINITY, 1};
    softmax_forward(1, 2, 2, 1, over);
    ok(isnan(over[0]), "an overflowed score is not hidden");
}

int main(void) {
    for (int isa = 0; fill_isa(isa); isa++) {
        for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
            test_against_ref(3, widths[i], widths[i], 0.125f);
            test_against_ref(3, widths[i], widths[i] + 5, 0.125f);
        }
        test_quotient();
        test_hard_rows();
    }
    test_against_ref(0, 4, 4, 1);
    test_against_ref(300, 128, 128, 0.125f);
    return tap_done();
}
