/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: loss, hits and gradient against the reference at odd widths and with gaps
 * between rows; the gradient against difference quotients of the loss; rows without
 * label, ties, huge logits and NaN as rows; evaluation must leave logits biased. */
#include "src/kernels/xent.h"

#include <math.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/kernels/ref.h"
#include "tests/fill.h"
#include "tests/near.h"
#include "tests/tap.h"

/* Logits of deviation 3; the loss is a sum of a few terms of about 10. */
static const struct near_limits grad_limits = {1e-3, 2e-6, 5e-6};
static const struct near_limits loss_limits = {1, 1e-6, 3e-6};
static const int64_t widths[] = {1, 2, 3, 7, 100};

static void test_against_ref(int64_t rows, int64_t n, int64_t ld, float scale) {
    int64_t count = rows * ld, correct = 3, wcorrect = 3;
    float *x = fill_normal(count, 1, 3), *bias = fill_normal(n, 2, 1);
    double *wx = fill_widen(count, x), *wbias = fill_widen(n, bias), loss = 2,
           wloss = 2;
    int32_t *labels = fill_ids(rows, 3, (int32_t)n);
    if (rows > 2)
        labels[1] = -1;
    int w = (int)n;
    xent_forward_backward(rows, n, ld, x, bias, labels, scale, &loss, &correct);
    ref_xent_forward_backward(rows, n, ld, wx, wbias, labels, (double)scale, &wloss,
                              &wcorrect);
    near_f32(count, x, wx, grad_limits, "n %d scale %g: gradient", w, (double)scale);
    near_f64(1, &loss, &wloss, loss_limits, "n %d: loss added", w);
    is_int(correct, wcorrect, "n %d: hits added", w);
    mem_free(x), mem_free(bias), mem_free(wx), mem_free(wbias), mem_free(labels);
}

static void test_quotient(void) {
    enum { N = 19 };
    const double h = 1e-5;
    float *x = fill_normal(N, 4, 2), zero[N] = {0};
    double *wx = fill_widen(N, x), wzero[N] = {0}, quotient[N], loss = 0;
    int32_t label = 7;
    int64_t correct = 0;
    for (int j = 0; j < N; j++) {
        double at = wx[j], up = 0, down = 0;
        wx[j] = at + h;
        ref_xent_forward_backward(1, N, N, wx, wzero, &label, 0, &up, &correct);
        wx[j] = at - h;
        ref_xent_forward_backward(1, N, N, wx, wzero, &label, 0, &down, &correct);
        wx[j] = at;
        quotient[j] = (up - down) / (2 * h);
    }
    xent_forward_backward(1, N, N, x, zero, &label, 1, &loss, &correct);
    near_f32(N, x, quotient, (struct near_limits){1e-2, 2e-6, 1e-5},
             "gradient is the difference quotient");
    mem_free(x), mem_free(wx);
}

static void test_hard_rows(void) {
    static const struct {
        const char *name;
        float x[3];
        int32_t label;
        double loss;
        int64_t correct;
    } rows[] = {
        {"label is the first of two largest", {5, 5, 1}, 0, 0.7022633, 1},
        {"label is the second of two largest", {5, 5, 1}, 1, 0.7022633, 0},
        {"sure and right", {100, 0, 0}, 0, 0, 1},
        {"sure and wrong", {100, 0, 0}, 2, 100, 0},
        {"huge", {1e30f, 1e30f, 0}, 1, 0.693147, 0},
        {"minus infinity elsewhere", {1, -INFINITY, -INFINITY}, 0, 0, 1},
        {"no label", {1, 2, 3}, -1, 0, 0},
        {"NaN is not hidden", {1, NAN, 3}, 0, NAN, 0},
        {"infinity is not hidden", {1, INFINITY, 3}, 0, NAN, 0},
    };
    const float zero[3] = {0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        float x[3];
        double loss = 0;
        int64_t correct = 0;
        memcpy(x, rows[i].x, sizeof x);
        xent_forward_backward(1, 3, 3, x, zero, &rows[i].label, 1, &loss, &correct);
        near_f64(1, &loss, &rows[i].loss, (struct near_limits){1, 1e-5, 1e-5},
                 "%s: loss", rows[i].name);
        is_int(correct, rows[i].correct, "%s: hits", rows[i].name);
        if (rows[i].label < 0)
            ok(x[0] == 0 && x[1] == 0 && x[2] == 0, "%s: zeros", rows[i].name);
    }
}

int main(void) {
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        test_against_ref(4, widths[i], widths[i], 0.25f);
        test_against_ref(2, widths[i], widths[i] + 6, 0);
    }
    test_quotient();
    test_hard_rows();
    test_against_ref(0, 5, 5, 1);
    return tap_done();
}
