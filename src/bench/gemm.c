/* SPDX-License-Identifier: Apache-2.0 */
/* Products by the clock: see gemm.h.  Both backends in turns, so that a machine
 * that changes speed does so for both. */
#include "src/bench/gemm.h"

#include <math.h>
#include <omp.h>

#include "src/base/bf16.h"
#include "src/base/mem.h"
#include "src/base/timer.h"
#include "src/bench/median.h"
#include "src/kernels/gemm.h"

enum { WINDOWS = 7, ATTENTION_TOKENS = 128 };

int bench_gemm_products(const struct shape *s, int64_t T, struct bench_product *rows) {
    const int64_t H = s->H, F = s->F, D = s->H / s->A, S = ATTENTION_TOKENS,
                  M = T * 15 / 100;
    const struct {
        const char *name;
        int64_t rows, out, in;
    } dense[] = {{"qkv", T, 3 * H, H},
                 {"output", T, H, H},
                 {"ffn up", T, F, H},
                 {"ffn down", T, H, F},
                 {"vocabulary", M, s->V, H}};
    static const char *const names[][3] = {
        {"qkv", "qkv dX", "qkv dW"},
        {"output", "output dX", "output dW"},
        {"ffn up", "ffn up dX", "ffn up dW"},
        {"ffn down", "ffn down dX", "ffn down dW"},
        {"vocabulary", "vocabulary dX", "vocabulary dW"}};
    int n = 0;
    for (int i = 0; i < 5; i++) { /* Y = X Wᵀ, dX = dY W, dW = dYᵀ X */
        int64_t r = dense[i].rows, out = dense[i].out, in = dense[i].in;
        bool packed = i < 4;
        rows[n++] = (struct bench_product){names[i][0], r,      out,    in,
                                           GEMM_N,      GEMM_T, packed, true};
        rows[n++] = (struct bench_product){names[i][1], r,      in,     out,
                                           GEMM_N,      GEMM_N, packed, true};
        rows[n++] = (struct bench_product){names[i][2], out,    in,    r,
                                           GEMM_T,      GEMM_N, false, false};
    }
    rows[n++] = (struct bench_product){"scores", S, S, D, GEMM_N, GEMM_T, false, false};
    rows[n++] =
        (struct bench_product){"context", S, D, S, GEMM_N, GEMM_N, false, false};
    rows[n++] =
        (struct bench_product){"context dV", S, D, S, GEMM_T, GEMM_N, false, false};
    return n;
}

static int64_t stride(bool half, int64_t n) {
    return half ? matrix_stride_bf16(n) : gemm_stride(n);
}

/* What a product is of, laid out as the model has it: activations with gaps between
 * rows, weights without, all in huge pages.  In bf16 these are of single precision:
 * weights, and sums that are added to or lost. */
struct operands {
    struct matrix a, b, c;
    int64_t a_count, b_count, c_count, panels_count;
    float *panels;
};

/* Of either kind there is room for floats. */
static struct matrix matrix(int64_t count, int64_t ld, bool half, int64_t period) {
    void *at = mem_map((size_t)count, sizeof(float));
    struct matrix x = half ? matrix_bf16(at, ld) : matrix_f32(at, ld);
    for (int64_t i = 0; i < count; i++) {
        float number = (float)(i % period - period / 2);
        if (half)
            bf16_narrow(1, &number, (uint16_t *)at + i);
        else
            ((float *)at)[i] = number;
    }
    return x;
}

static void operands_init(struct operands *o, const struct bench_product *p,
                          bool half) {
    int64_t b_width = p->op_b == GEMM_N ? p->n : p->k;
    int64_t lda = stride(half, p->op_a == GEMM_N ? p->k : p->m);
    int64_t ldb = p->weight ? b_width : stride(half, b_width);
    int64_t ldc = p->packed ? stride(half, p->n) : p->n;
    o->a_count = lda * (p->op_a == GEMM_N ? p->m : p->k);
    o->b_count = ldb * (p->op_b == GEMM_N ? p->k : p->n);
    o->c_count = ldc * p->m;
    o->panels_count = gemm_packed_floats(p->k, p->n);
    o->a = matrix(o->a_count, lda, half, 7);
    o->b = matrix(o->b_count, ldb, half && !p->weight, 5);
    o->c = matrix(o->c_count, ldc, half && p->packed, 3);
    o->panels = mem_map((size_t)o->panels_count, sizeof *o->panels);
}

static void operands_fini(struct operands *o) {
    mem_unmap(o->a.at, (size_t)o->a_count, sizeof(float));
    mem_unmap(o->b.at, (size_t)o->b_count, sizeof(float));
    mem_unmap(o->c.at, (size_t)o->c_count, sizeof(float));
    mem_unmap(o->panels, (size_t)o->panels_count, sizeof *o->panels);
}

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

/* As a layer does it: one operand is packed, then met by block after block of rows, or
 * of columns, of the other. */
static void multiply_packed(const struct bench_product *p, const struct operands *o) {
    const struct gemm_packed packed = {(enum gemm_op)p->op_b, p->k, p->n, o->b,
                                       o->panels};
    for (int64_t g = 0; g < gemm_pack_groups(&packed); g++)
        gemm_pack(&packed, g);
    for (int64_t i = 0, rows = gemm_block_rows(); i < p->m; i += rows) {
        int64_t m = smaller(rows, p->m - i);
        if (p->op_a == GEMM_N)
            gemm_rows(m, matrix_from(o->a, i, 0), &packed, false,
                      matrix_from(o->c, i, 0));
        else
            gemm_columns(m, matrix_from(o->a, 0, i), &packed, true,
                         matrix_from(o->c, i, 0));
    }
}

static void multiply(const struct bench_product *p, const struct operands *o) {
    gemm((enum gemm_op)p->op_a, (enum gemm_op)p->op_b, p->m, p->n, p->k, o->a, o->b,
         false, o->c);
}

typedef void multiply_fn(const struct bench_product *p, const struct operands *o);

/* GFLOP/s over some seconds. */
static double window(const struct bench_product *p, const struct operands *o,
                     multiply_fn *run, double seconds) {
    double start = timer_now(), spent, flops = 0;
    do {
        run(p, o);
        flops += 2.0 * (double)p->m * (double)p->n * (double)p->k;
    } while ((spent = timer_now() - start) < seconds);
    return 1e-9 * flops / spent;
}

/* Neither packed by the model nor small enough to be packed on the way: a weight's
 * gradient in bf16 is packed, too. */
static multiply_fn *model_runs(const struct bench_product *p, bool rounded) {
    bool gradient = rounded && p->op_a == GEMM_T && p->k > ATTENTION_TOKENS;
    return p->packed || gradient ? multiply_packed : multiply;
}

static double openblas_window(const struct bench_product *p, const struct operands *o,
                              double seconds) {
    gemm_use(GEMM_OPENBLAS);
    double gflops = window(p, o, multiply, seconds);
    gemm_use(GEMM_AUTO);
    return gflops;
}

void bench_gemm(const struct bench_product *p, bool rounded, double seconds,
                struct bench_gemm *r) {
    struct operands operands;
    int threads = omp_get_max_threads();
    double ours[WINDOWS], openblas[WINDOWS], ratios[WINDOWS];
    enum gemm_precision outer = gemm_in(rounded ? GEMM_BF16 : GEMM_FP32);
    operands_init(&operands, p, rounded);
    omp_set_num_threads(1);              /* OpenBLAS would take all */
    for (int w = -1; w < WINDOWS; w++) { /* window -1 warms up */
        double part = seconds / WINDOWS / 2;
        double own = window(p, &operands, model_runs(p, rounded), part);
        double other = rounded ? NAN : openblas_window(p, &operands, part);
        if (w >= 0) {
            ours[w] = own;
            openblas[w] = other;
            ratios[w] = own / other;
        }
    }
    omp_set_num_threads(threads);
    operands_fini(&operands);
    gemm_in(outer);
    *r = (struct bench_gemm){bench_median(ours, WINDOWS),
                             bench_median(openblas, WINDOWS),
                             bench_median(ratios, WINDOWS)};
}
