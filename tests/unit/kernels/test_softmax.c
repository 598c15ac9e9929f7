/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: softmax, and dropout behind it, against their references at odd widths and
 * with gaps between rows, as floats and rounded, on every instruction set; dropout must
 * be the same on both ways; backward against difference quotients; tails, ties,
 * infinities and NaN as rows; what lies between rows must stay. */
#include "src/kernels/softmax.h"

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

/* Scores have deviation 8 and are scaled by 1/8 as in attention with heads of 64. */
static const struct near_limits limits = {1e-3, 1e-6, 3e-6};
static const int64_t widths[] = {1,  7,   15,  16,  17,  31,  32,
                                 33, 100, 127, 128, 512, 1000};

/* Rows on the way up and down, by dropout unless the threshold is 0: each way is judged
 * by what the other has left in memory. */
struct rows {
    enum number kind;
    int64_t rows, n, ld;
    uint32_t threshold;
    uint8_t *keep;
    float *x, *d;               /* scores, and the gradient of what is made of them */
    struct matrix p, dx, to[2]; /* what dropout makes of p, up and down */
    double *wp, *wdx, *wto;
};

static void rows_init(struct rows *r, enum number kind, int64_t rows, int64_t n,
                      int64_t ld, uint32_t threshold) {
    static const struct dropout_key key = {.seed = 5, .number = 7};
    int64_t count = rows * ld;
    *r = (struct rows){
        .kind = kind, .rows = rows, .n = n, .ld = ld, .threshold = threshold};
    r->x = fill_normal(count, 1, 8);
    r->d = fill_normal(count, 2, 1);
    r->p = half_matrix(kind, rows, ld, r->x);
    r->dx = half_matrix(kind, rows, ld, r->d);
    for (int i = 0; i < 2; i++)
        r->to[i] = half_matrix(kind, rows, ld, r->d);
    r->wp = half_wide(r->p, rows);
    r->wdx = half_wide(r->dx, rows);
    r->wto = half_wide(r->to[0], rows);
    r->keep = mem_alloc((size_t)(rows * ((n + 7) / 8)), 1);
    dropout_draw(rows, n, &key, 0, threshold, r->keep);
}

static void rows_fini(struct rows *r) {
    mem_free(r->x), mem_free(r->d), mem_free(r->p.at), mem_free(r->dx.at);
    mem_free(r->to[0].at), mem_free(r->to[1].at), mem_free(r->keep);
    mem_free(r->wp), mem_free(r->wdx), mem_free(r->wto);
}

static void check_forward(struct rows *r, float scale) {
    const struct softmax_drop drop = {r->keep, dropout_scale(r->threshold), r->to[0]};
    double *wx = fill_widen(r->rows * r->ld, r->x);
    softmax_forward(r->rows, r->n, scale, matrix_f32(r->x, r->ld), r->p,
                    r->threshold ? &drop : NULL);
    ref_softmax_forward(r->rows, r->n, r->ld, (double)scale, wx);
    for (int64_t i = 0; i < r->rows * r->ld; i++)
        r->wp[i] = i % r->ld < r->n ? wx[i] : r->wp[i];
    half_near(r->rows, r->n, r->p, r->wp, limits, "p");
    mem_free(wx);
    mem_free(r->wp);
    r->wp = half_wide(r->p, r->rows); /* from here on the truth */
    if (r->threshold == 0)
        return;
    for (int64_t i = 0; i < r->rows * r->ld; i++)
        r->wto[i] = i % r->ld < r->n ? r->wp[i] : r->wto[i];
    ref_dropout_backward(r->rows, r->n, r->ld, r->threshold, r->keep, r->wto, r->wto);
    half_near(r->rows, r->n, r->to[0], r->wto, limits, "p after dropout");
}

static void check_backward(struct rows *r, float scale) {
    const struct softmax_drop drop = {r->keep, dropout_scale(r->threshold), r->to[1]};
    double *wd = fill_widen(r->rows * r->ld, r->d);
    size_t bytes = (size_t)(r->rows * r->ld) * number_bytes(r->kind);
    if (r->threshold)
        ref_dropout_backward(r->rows, r->n, r->ld, r->threshold, r->keep, wd, wd);
    ref_softmax_backward(r->rows, r->n, r->ld, (double)scale, r->wp, wd, wd);
    for (int64_t i = 0; i < r->rows * r->ld; i++)
        r->wdx[i] = i % r->ld < r->n ? wd[i] : r->wdx[i];
    softmax_backward(r->rows, r->n, scale, r->p, r->threshold ? &drop : NULL,
                     matrix_f32(r->d, r->ld), r->dx);
    half_near(r->rows, r->n, r->dx, r->wdx, limits, "dx");
    if (r->threshold)
        ok(memcmp(r->to[0].at, r->to[1].at, bytes) == 0, "  p after dropout once more");
    mem_free(wd);
}

static void test_against_ref(enum number kind, int64_t rows, int64_t n, int64_t ld,
                             uint32_t threshold) {
    struct rows r;
    rows_init(&r, kind, rows, n, ld, threshold);
    check_forward(&r, 0.125f);
    check_backward(&r, 0.125f);
    rows_fini(&r);
}

/* In single precision each may be made in the other's place. */
static void test_in_place(int64_t n) {
    float *x = fill_normal(n, 1, 8), *y = fill_copy(n, x), *p = fill_copy(n, x);
    float *d = fill_normal(n, 2, 1), *e = fill_copy(n, d), *dx = fill_copy(n, d);
    struct matrix ps = matrix_f32(p, n);
    softmax_forward(1, n, 0.125f, matrix_f32(x, n), ps, NULL);
    softmax_forward(1, n, 0.125f, matrix_f32(y, n), matrix_f32(y, n), NULL);
    ok(memcmp(y, p, (size_t)n * sizeof *y) == 0, "p in place of x");
    softmax_backward(1, n, 0.125f, ps, NULL, matrix_f32(d, n), matrix_f32(dx, n));
    softmax_backward(1, n, 0.125f, ps, NULL, matrix_f32(e, n), matrix_f32(e, n));
    ok(memcmp(e, dx, (size_t)n * sizeof *e) == 0, "dx in place of dp");
    mem_free(x), mem_free(y), mem_free(p), mem_free(d), mem_free(e), mem_free(dx);
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
    const struct matrix p = matrix_f32(x, N), d = matrix_f32(w, N);
    softmax_forward(1, N, 0.125f, p, p, NULL);
    softmax_backward(1, N, 0.125f, p, NULL, d, d);
    near_f32(N, w, quotient, (struct near_limits){1e-2, 2e-6, 1e-5},
             "dx is the difference quotient");
    mem_free(x), mem_free(w), mem_free(wx), mem_free(ww);
}

static void in_place(int64_t n, float *x) {
    softmax_forward(1, n, 1, matrix_f32(x, n), matrix_f32(x, n), NULL);
}

static void test_hard_rows(void) {
    float tails[4] = {0, -50, -70, -1e30f};
    in_place(4, tails);
    ok(tails[0] == 1 && tails[1] > 1e-22f && tails[2] == 0 && tails[3] == 0,
       "far tails are 0, near ones are not");
    float large[3] = {1e30f, 1e30f, 0};
    in_place(3, large);
    ok(large[0] == 0.5f && large[1] == 0.5f && large[2] == 0, "large ties share");
    float masked[3] = {-INFINITY, 2, -INFINITY};
    in_place(3, masked);
    ok(masked[0] == 0 && masked[1] == 1 && masked[2] == 0, "-inf takes nothing");
    float bad[40] = {1, 2, NAN};
    in_place(40, bad);
    ok(isnan(bad[0]) && isnan(bad[39]), "NaN is not hidden");
    float over[2] = {INFINITY, 1};
    in_place(2, over);
    ok(isnan(over[0]), "an overflowed score is not hidden");
}

int main(void) {
    for (int isa = 0; fill_isa(isa); isa++) {
        for (enum number kind = NUMBER_F32; kind <= NUMBER_BF16; kind++)
            for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
                test_against_ref(kind, 3, widths[i], widths[i], 0);
                test_against_ref(kind, 3, widths[i], widths[i] + 5, 6554);
            }
        test_in_place(100);
        test_quotient();
        test_hard_rows();
    }
    test_against_ref(NUMBER_F32, 0, 4, 4, 0);
    test_against_ref(NUMBER_BF16, 300, 128, 128, 6554);
    return tap_done();
}
