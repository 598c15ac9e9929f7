/* SPDX-License-Identifier: Apache-2.0 */
/* Known answers: see selftest.h.  Small sizes that are no multiple of any vector, so
 * that both the middle and the edges of kernels are passed through. */
#include "src/kernels/selftest.h"

#include <math.h>
#include <string.h>

#include "src/kernels/gelu.h"
#include "src/kernels/gemm.h"
#include "src/kernels/layernorm.h"
#include "src/kernels/ref.h"
#include "src/kernels/softmax.h"
#include "src/kernels/vec.h"
#include "src/kernels/xent.h"

enum { ROWS = 13, WIDTH = 37, DEPTH = 51, MOST = 64 * 64 };

/* Room for a test: floats, and the same in double. */
struct sheet {
    float x[MOST], y[MOST], z[MOST], small[MOST];
    double wx[MOST], wy[MOST], wz[MOST], wsmall[MOST];
};

/* Numbers of about one, by a rule; never twice the same in a row. */
static void fill(int n, int tag, float *x, double *wide) {
    for (int i = 0; i < n; i++) {
        x[i] = (float)sin(1.7 * (i + 1) + 0.61 * tag * tag) * 1.9f;
        wide[i] = x[i];
    }
}

static void fill_sheet(struct sheet *s) {
    fill(MOST, 1, s->x, s->wx);
    fill(MOST, 2, s->y, s->wy);
    fill(MOST, 3, s->z, s->wz);
    fill(MOST, 4, s->small, s->wsmall);
}

/* The largest error of n; infinite for a NaN. */
static double worst(int n, const float *got, const double *want, double floor) {
    double most = 0;
    for (int i = 0; i < n; i++) {
        double error = fabs(got[i] - want[i]) / (fabs(want[i]) + floor);
        most = error <= most ? most : isnan(error) ? INFINITY : error;
    }
    return most;
}

static double test_product(struct sheet *s) {
    gemm(GEMM_N, GEMM_T, ROWS, WIDTH, DEPTH, matrix_f32(s->x, DEPTH),
         matrix_f32(s->y, DEPTH), true, matrix_f32(s->z, WIDTH));
    ref_gemm(GEMM_N, GEMM_T, ROWS, WIDTH, DEPTH, 1, s->wx, DEPTH, s->wy, DEPTH, 1,
             s->wz, WIDTH);
    return worst(ROWS * WIDTH, s->z, s->wz, sqrt(DEPTH));
}

static double test_gradient_product(struct sheet *s) {
    gemm(GEMM_T, GEMM_N, WIDTH, ROWS, DEPTH, matrix_f32(s->x, WIDTH),
         matrix_f32(s->y, ROWS), false, matrix_f32(s->z, ROWS));
    ref_gemm(GEMM_T, GEMM_N, WIDTH, ROWS, DEPTH, 1, s->wx, WIDTH, s->wy, ROWS, 0, s->wz,
             ROWS);
    return worst(ROWS * WIDTH, s->z, s->wz, sqrt(DEPTH));
}

static double test_gelu(struct sheet *s) {
    const struct matrix x = matrix_f32(s->x, WIDTH);
    gelu_forward(ROWS, WIDTH, x, s->small, x, matrix_f32(s->y, WIDTH), 0);
    ref_gelu_forward(ROWS, WIDTH, s->wx, s->wsmall, s->wy, 0);
    return worst(ROWS * WIDTH, s->y, s->wy, 1);
}

static double test_norm(struct sheet *s) {
    const struct layernorm norm = {s->y, s->small, 1e-12};
    const struct layernorm_out out = {.y = matrix_f32(s->z, WIDTH),
                                      .xhat = matrix_f32(s->x, WIDTH),
                                      .rstd = s->y + WIDTH};
    layernorm_forward(ROWS, WIDTH, s->x, &norm, &out);
    ref_layernorm_forward(ROWS, WIDTH, s->wx, s->wy, s->wsmall, 1e-12, s->wz,
                          s->wy + WIDTH);
    return worst(ROWS * WIDTH, s->z, s->wz, 1);
}

static double test_softmax(struct sheet *s) {
    const struct matrix x = matrix_f32(s->x, WIDTH);
    softmax_forward(ROWS, WIDTH, 0.5f, x, x, NULL);
    ref_softmax_forward(ROWS, WIDTH, WIDTH, 0.5, s->wx);
    return worst(ROWS * WIDTH, s->x, s->wx, 1e-3);
}

static double test_loss(struct sheet *s) {
    int32_t labels[ROWS];
    double loss = 0, want = 0;
    int64_t right = 0, wright = 0;
    for (int i = 0; i < ROWS; i++)
        labels[i] = 7 * i % WIDTH - (i == 3);
    xent_forward_backward(ROWS, WIDTH, WIDTH, s->x, s->small, labels, 0.25f, &loss,
                          &right);
    ref_xent_forward_backward(ROWS, WIDTH, WIDTH, s->wx, s->wsmall, labels, 0.25, &want,
                              &wright);
    double error = worst(ROWS * WIDTH, s->x, s->wx, 0.1);
    return right != wright || !(fabs(loss - want) < 1e-4 * want) ? INFINITY : error;
}

static double test_squares(struct sheet *s) {
    double want = ref_vec_sum_squares(MOST - 3, s->wx);
    return fabs(vec_sum_squares(MOST - 3, s->x) - want) / want;
}

static const struct {
    const char *name;
    double (*test)(struct sheet *sheet); /* the largest error */
} tests[] = {{"matrix product", test_product},
             {"matrix product of gradients", test_gradient_product},
             {"GELU", test_gelu},
             {"LayerNorm", test_norm},
             {"softmax", test_softmax},
             {"cross entropy", test_loss},
             {"sum of squares", test_squares}};
enum { TESTS = sizeof tests / sizeof *tests };

/* Kernels in single precision are within 1e-5 of the truth; what is broken is not. */
static const double LIMIT = 1e-3;

int selftest_run(struct err *err) {
    double errors[TESTS] = {0};
#pragma omp parallel
    for (int i = 0; i < TESTS; i++) {
        struct sheet sheet;
        fill_sheet(&sheet);
        double error = tests[i].test(&sheet);
#pragma omp critical
        errors[i] = error > errors[i] ? error : errors[i];
    }
    for (int i = 0; i < TESTS; i++)
        if (!(errors[i] <= LIMIT))
            return err_set(
                err, ERR_INTERNAL,
                "the %s of this processor is wrong by %g: its kernels (%s; %s) "
                "do not suit it, or it is broken; take this host out",
                tests[i].name, errors[i], gemm_describe(), vec_describe());
    return 0;
}
