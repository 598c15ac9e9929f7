/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: what threads make of a dense layer together is, to the bit, what one product
 * makes of it, however many of them there are and whoever has nothing to do. */
#include "src/model/dense.h"

#include <omp.h>
#include <string.h>

#include "src/kernels/gemm.h"
#include "tests/tap.h"

enum { MOST = 140, THREADS = 5 };

static float x[MOST * MOST], w[MOST * MOST], dy[MOST * MOST];
static float one[MOST * MOST], all[MOST * MOST];

static const struct layer {
    int64_t rows, in, out;
} layers[] = {{1, 1, 1},    {5, 33, 2},     {40, 64, 65}, {7, 140, 97},
              {70, 31, 32}, {131, 65, 140}, {0, 40, 70},  {16, 100, 33}};

/* A number for each place that says where it is. */
static void fill(float *to, int64_t n, int seed) {
    for (int64_t i = 0; i < n; i++)
        to[i] = (float)((i * 37 + seed * 11) % 101 - 50) / 64;
}

static void is_same(const struct layer *l, int threads, int64_t n, const char *what) {
    ok(memcmp(one, all, (size_t)n * sizeof *one) == 0,
       "%s of (%lld,%lld) to %lld by %d threads", what, (long long)l->rows,
       (long long)l->in, (long long)l->out, threads);
}

static void check(const struct layer *l, int threads) {
    int64_t rows = l->rows, in = l->in, out = l->out;
    omp_set_num_threads(threads);
    gemm(GEMM_N, GEMM_T, rows, out, in, matrix_f32(x, in), matrix_f32(w, in), false,
         matrix_f32(one, out));
#pragma omp parallel
    dense_forward(rows, in, out, x, w, all);
    is_same(l, threads, rows * out, "forward");

    fill(one, out * in, 4);
    fill(all, out * in, 4);
    gemm(GEMM_T, GEMM_N, out, in, rows, matrix_f32(dy, out), matrix_f32(x, in), true,
         matrix_f32(one, in));
#pragma omp parallel
    dense_backward_weight(rows, in, out, x, dy, all);
    is_same(l, threads, out * in, "the weight's gradient");

    gemm(GEMM_N, GEMM_N, rows, in, out, matrix_f32(dy, out), matrix_f32(w, in), false,
         matrix_f32(one, in));
#pragma omp parallel
    dense_backward_input(rows, in, out, w, dy, all);
    is_same(l, threads, rows * in, "the input's gradient");
}

int main(void) {
    fill(x, MOST * MOST, 1);
    fill(w, MOST * MOST, 2);
    fill(dy, MOST * MOST, 3);
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++)
        for (int threads = 1; threads <= THREADS; threads++)
            check(&layers[i], threads);
    return tap_done();
}
