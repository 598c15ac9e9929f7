/* SPDX-License-Identifier: Apache-2.0 */
/* Products by the clock: see gemm.h.  Both backends in turns, so that a machine
 * that changes speed does so for both. */
#include "src/bench/gemm.h"

#include <omp.h>

#include "src/base/mem.h"
#include "src/base/timer.h"
#include "src/bench/median.h"
#include "src/kernels/gemm.h"

enum { WINDOWS = 7 };

int bench_gemm_products(const struct shape *s, int64_t T, struct bench_product *rows) {
    const int64_t H = s->H, F = s->F, D = s->H / s->A, S = 128, M = T * 15 / 100;
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
        rows[n++] =
            (struct bench_product){names[i][0], r, out, in, GEMM_N, GEMM_T, i < 4};
        rows[n++] =
            (struct bench_product){names[i][1], r, in, out, GEMM_N, GEMM_N, i < 4};
        rows[n++] =
            (struct bench_product){names[i][2], out, in, r, GEMM_T, GEMM_N, false};
    }
    rows[n++] = (struct bench_product){"scores", S, S, D, GEMM_N, GEMM_T, false};
    rows[n++] = (struct bench_product){"context", S, D, S, GEMM_N, GEMM_N, false};
    rows[n++] = (struct bench_product){"context dV", S, D, S, GEMM_T, GEMM_N, false};
    return n;
}

/* What a product is of, laid out as the model has it: activations with rows gemm_stride
 * apart, weights without gaps, all in huge pages. */
struct operands {
    float *a, *b, *c, *panels;
    int64_t lda, ldb, ldc;
    int64_t a_count, b_count, c_count, panels_count;
};

static float *matrix(int64_t count, int64_t period) {
    float *x = mem_map((size_t)count, sizeof *x);
    for (int64_t i = 0; i < count; i++)
        x[i] = (float)(i % period - period / 2);
    return x;
}

static void operands_init(struct operands *o, const struct bench_product *p) {
    int64_t b_width = p->op_b == GEMM_N ? p->n : p->k;
    o->lda = gemm_stride(p->op_a == GEMM_N ? p->k : p->m);
    o->ldb = p->packed ? b_width : gemm_stride(b_width);
    o->ldc = p->packed ? gemm_stride(p->n) : p->n;
    o->a_count = o->lda * (p->op_a == GEMM_N ? p->m : p->k);
    o->b_count = o->ldb * (p->op_b == GEMM_N ? p->k : p->n);
    o->c_count = o->ldc * p->m;
    o->panels_count = p->packed ? gemm_packed_floats(p->k, p->n) : 1;
    o->a = matrix(o->a_count, 7);
    o->b = matrix(o->b_count, 5);
    o->c = matrix(o->c_count, 3);
    o->panels = matrix(o->panels_count, 1);
}

static void operands_fini(struct operands *o) {
    mem_unmap(o->a, (size_t)o->a_count, sizeof *o->a);
    mem_unmap(o->b, (size_t)o->b_count, sizeof *o->b);
    mem_unmap(o->c, (size_t)o->c_count, sizeof *o->c);
    mem_unmap(o->panels, (size_t)o->panels_count, sizeof *o->panels);
}

/* As a layer does it: weights are packed, then met by block after block of rows. */
static void multiply_packed(const struct bench_product *p, const struct operands *o) {
    const struct gemm_packed packed = {.op = (enum gemm_op)p->op_b,
                                       .k = p->k,
                                       .n = p->n,
                                       .b = matrix_f32(o->b, o->ldb),
                                       .panels = o->panels};
    for (int64_t g = 0; g < gemm_pack_groups(&packed); g++)
        gemm_pack(&packed, g);
    for (int64_t i = 0, rows = GEMM_BLOCK_ROWS; i < p->m; i += rows)
        gemm_rows(p->m - i < rows ? p->m - i : rows,
                  matrix_f32(o->a + i * o->lda, o->lda), &packed, false,
                  matrix_f32(o->c + i * o->ldc, o->ldc));
}

static void multiply(const struct bench_product *p, const struct operands *o) {
    gemm((enum gemm_op)p->op_a, (enum gemm_op)p->op_b, p->m, p->n, p->k,
         matrix_f32(o->a, o->lda), matrix_f32(o->b, o->ldb), false,
         matrix_f32(o->c, o->ldc));
}

/* GFLOP/s over some seconds. */
static double window(const struct bench_product *p, const struct operands *o,
                     enum gemm_backend backend, double seconds) {
    double start = timer_now(), spent, flops = 0;
    gemm_use(backend);
    do {
        (backend == GEMM_AUTO && p->packed ? multiply_packed : multiply)(p, o);
        flops += 2.0 * (double)p->m * (double)p->n * (double)p->k;
    } while ((spent = timer_now() - start) < seconds);
    gemm_use(GEMM_AUTO);
    return 1e-9 * flops / spent;
}

void bench_gemm(const struct bench_product *p, double seconds, struct bench_gemm *r) {
    struct operands operands;
    int threads = omp_get_max_threads();
    double ours[WINDOWS], openblas[WINDOWS], ratios[WINDOWS];
    operands_init(&operands, p);
    omp_set_num_threads(1);              /* OpenBLAS would take all */
    for (int w = -1; w < WINDOWS; w++) { /* window -1 warms up */
        double own = window(p, &operands, GEMM_AUTO, seconds / WINDOWS / 2);
        double other = window(p, &operands, GEMM_OPENBLAS, seconds / WINDOWS / 2);
        if (w >= 0) {
            ours[w] = own;
            openblas[w] = other;
            ratios[w] = own / other;
        }
    }
    omp_set_num_threads(threads);
    operands_fini(&operands);
    *r = (struct bench_gemm){bench_median(ours, WINDOWS),
                             bench_median(openblas, WINDOWS),
                             bench_median(ratios, WINDOWS)};
}
