/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels by the clock: see kernels.h.  To time another, write what calls it and
 * a row of the table.  Kernels that change their input in place are given what stays in
 * range however often they run. */
#include "src/bench/kernels.h"

#include <math.h>
#include <omp.h>

#include "src/base/mem.h"
#include "src/base/timer.h"
#include "src/bench/median.h"
#include "src/kernels/dropout.h"
#include "src/kernels/embedding.h"
#include "src/kernels/gelu.h"
#include "src/kernels/gemm.h"
#include "src/kernels/layernorm.h"
#include "src/kernels/softmax.h"
#include "src/kernels/vec.h"

enum { WINDOWS = 5, TABLE_ROWS = 512 };

/* What kernels work on: (rows, n) each, or a row. */
struct desk {
    int64_t rows, n;
    struct matrix x, y, z; /* (rows, n) in single precision */
    struct matrix u, v, w; /* (rows, n) of the kind that is timed */
    float *a, *b;          /* (n) */
    float *column;         /* (rows) */
    float *table;          /* (TABLE_ROWS, n) */
    int32_t *index;        /* (rows) < TABLE_ROWS */
    uint8_t *keep;         /* (rows, (n + 7) / 8) */
    uint32_t threshold;    /* of dropout .1 */
    struct dropout_key key;
};

static void run_gelu(struct desk *d) {
    gelu_forward(d->rows, d->n, d->x, d->a, d->u, d->v, 0);
}
static void run_gelu_tanh(struct desk *d) {
    gelu_forward(d->rows, d->n, d->x, d->a, d->u, d->v, 1);
}
static void run_gelu_backward(struct desk *d) {
    gelu_backward(d->rows, d->n, d->z, d->u, d->v);
}
static struct layernorm norm_of(const struct desk *d) {
    return (struct layernorm){d->a, d->b, 1e-12};
}
static struct layernorm_out out_of(const struct desk *d) {
    struct layernorm_out out = {.y = d->y, .xhat = d->u, .rstd = d->column};
    if (d->v.kind == NUMBER_BF16)
        out.copy = d->v;
    return out;
}
static void run_norm(struct desk *d) {
    const struct layernorm norm = norm_of(d);
    const struct layernorm_out out = out_of(d);
    layernorm_forward(d->rows, d->n, d->x.at, &norm, &out);
}
static void run_residual(struct desk *d) {
    const struct layernorm norm = norm_of(d);
    const struct layernorm_out out = out_of(d);
    layernorm_residual(d->rows, d->n, d->x.at, d->a, d->keep, d->threshold, d->z.at,
                       &norm, &out);
}
static void run_norm_backward(struct desk *d) {
    layernorm_backward(d->rows, d->n, d->u, d->a, d->column, d->z.at, d->y.at, d->table,
                       d->b);
}
static void run_draw(struct desk *d) {
    dropout_draw(d->rows, d->n, &d->key, 0, d->threshold, d->keep);
}
static void run_drop(struct desk *d) {
    dropout_apply(d->rows, d->n, d->threshold, d->keep, d->x, d->u);
}
static void run_softmax(struct desk *d) {
    const struct softmax_drop drop = {d->keep, dropout_scale(d->threshold), d->v};
    softmax_forward(d->rows, d->n, 0.125f, d->x, d->u, &drop);
}
/* Not scaled, so that z does not grow. */
static void run_softmax_backward(struct desk *d) {
    const struct softmax_drop drop = {d->keep, 1, d->v};
    softmax_backward(d->rows, d->n, 0.125f, d->u, &drop, d->z, d->w);
}
static void run_bias(struct desk *d) { vec_add_bias(d->rows, d->n, d->x, d->a, d->u); }
static void run_sums(struct desk *d) { vec_sum_rows(d->rows, d->n, d->u, d->b); }
static void run_add(struct desk *d) { vec_add(d->rows * d->n, d->z.at, d->y.at); }
static void run_tanh(struct desk *d) { vec_tanh(d->rows * d->n, d->x.at, d->y.at); }
static void run_squares(struct desk *d) {
    d->column[0] = (float)vec_sum_squares(d->rows * d->n, d->x.at);
}
static void run_embedding(struct desk *d) {
    embedding_forward(d->rows, d->n, d->index, d->index, d->index, d->table, d->table,
                      d->table, d->y.at);
}
static void run_embedding_backward(struct desk *d) {
    embedding_backward(d->rows, d->n, d->n, d->index, d->z.at, d->table);
}
static void run_gather(struct desk *d) {
    rows_gather(d->rows, d->n, d->index, matrix_f32(d->table, d->n), d->y);
}
static void run_scatter(struct desk *d) {
    rows_scatter_add(d->rows, d->n, d->index, d->z.at, d->table);
}

enum width { WIDTH_H, WIDTH_F, WIDTH_S };

static const struct kernel_row {
    const char *name;
    enum width width;
    enum number kind;
    double bytes;
    void (*run)(struct desk *desk);
} kernels[] = {
    {"embedding_forward", WIDTH_H, NUMBER_F32, 16, run_embedding},
    {"embedding_backward", WIDTH_H, NUMBER_F32, 12, run_embedding_backward},
    {"softmax_forward", WIDTH_S, NUMBER_F32, 12.125, run_softmax},
    {"softmax_forward, bf16", WIDTH_S, NUMBER_BF16, 8.125, run_softmax},
    {"softmax_backward", WIDTH_S, NUMBER_F32, 16.125, run_softmax_backward},
    {"softmax_backward, bf16", WIDTH_S, NUMBER_BF16, 10.125, run_softmax_backward},
    {"dropout_draw", WIDTH_S, NUMBER_F32, 0.125, run_draw},
    {"dropout_apply", WIDTH_H, NUMBER_F32, 8.125, run_drop},
    {"dropout_apply, bf16", WIDTH_H, NUMBER_BF16, 6.125, run_drop},
    {"gelu_forward", WIDTH_F, NUMBER_F32, 12, run_gelu},
    {"gelu_forward, bf16", WIDTH_F, NUMBER_BF16, 8, run_gelu},
    {"gelu_forward, tanh", WIDTH_F, NUMBER_F32, 12, run_gelu_tanh},
    {"gelu_backward", WIDTH_F, NUMBER_F32, 12, run_gelu_backward},
    {"gelu_backward, bf16", WIDTH_F, NUMBER_BF16, 8, run_gelu_backward},
    {"layernorm_forward", WIDTH_H, NUMBER_F32, 12, run_norm},
    {"layernorm_residual", WIDTH_H, NUMBER_F32, 16.125, run_residual},
    {"layernorm_residual, bf16", WIDTH_H, NUMBER_BF16, 16.125, run_residual},
    {"layernorm_backward", WIDTH_H, NUMBER_F32, 12, run_norm_backward},
    {"layernorm_backward, bf16", WIDTH_H, NUMBER_BF16, 10, run_norm_backward},
    {"vec_add_bias", WIDTH_H, NUMBER_F32, 8, run_bias},
    {"vec_add_bias, bf16", WIDTH_H, NUMBER_BF16, 6, run_bias},
    {"vec_sum_rows", WIDTH_H, NUMBER_F32, 4, run_sums},
    {"vec_sum_rows, bf16", WIDTH_H, NUMBER_BF16, 2, run_sums},
    {"vec_add", WIDTH_F, NUMBER_F32, 12, run_add},
    {"vec_tanh", WIDTH_H, NUMBER_F32, 8, run_tanh},
    {"vec_sum_squares", WIDTH_F, NUMBER_F32, 4, run_squares},
    {"rows_gather", WIDTH_H, NUMBER_F32, 8, run_gather},
    {"rows_scatter_add", WIDTH_H, NUMBER_F32, 12, run_scatter},
};
enum { KERNELS = sizeof kernels / sizeof *kernels };
_Static_assert((int)KERNELS <= (int)BENCH_KERNELS, "rows for every kernel");

static float *filled(int64_t count, float from, float to) {
    float *x = mem_alloc((size_t)count, sizeof *x);
    for (int64_t i = 0; i < count; i++)
        x[i] = from + (to - from) * (float)(i * 37 % 101) / 100;
    return x;
}

static struct matrix matrix_filled(int64_t rows, int64_t n, float from, float to,
                                   enum number kind) {
    float *x = filled(rows * n, from, to);
    if (kind == NUMBER_BF16) /* in the first half of its room */
        vec_round(1, rows * n, matrix_f32(x, n), matrix_bf16((uint16_t *)x, n));
    return (struct matrix){kind, n, x};
}

static void desk_init(struct desk *d, int64_t rows, int64_t n, enum number kind) {
    *d = (struct desk){.rows = rows, .n = n};
    d->x = matrix_filled(rows, n, -2, 2, NUMBER_F32);
    d->y = matrix_filled(rows, n, -1, 1, NUMBER_F32);
    d->z = matrix_filled(rows, n, 1, 1, NUMBER_F32);
    d->u = matrix_filled(rows, n, -2, 2, kind);
    d->v = matrix_filled(rows, n, -1, 1, kind);
    d->w = matrix_filled(rows, n, -1, 1, kind);
    d->a = filled(n, 0, 0);
    d->b = filled(n, -1, 1);
    d->column = filled(rows, 1, 1);
    d->table = filled(TABLE_ROWS * n, -1, 1);
    d->index = mem_alloc((size_t)rows, sizeof *d->index);
    for (int64_t i = 0; i < rows; i++)
        d->index[i] = (int32_t)(i * 97 % TABLE_ROWS);
    d->keep = mem_alloc((size_t)(rows * ((n + 7) / 8)), 1);
    d->threshold = dropout_threshold(0.1);
    dropout_draw(rows, n, &d->key, 0, d->threshold, d->keep);
}

static void desk_fini(struct desk *d) {
    const struct matrix all[] = {d->x, d->y, d->z, d->u, d->v, d->w};
    for (int i = 0; i < 6; i++)
        mem_free(all[i].at);
    mem_free(d->a);
    mem_free(d->b);
    mem_free(d->column);
    mem_free(d->table);
    mem_free(d->index);
    mem_free(d->keep);
}

/* Nanoseconds an element, the middle of some windows. */
static double time_kernel(const struct kernel_row *kernel, struct desk *d,
                          double seconds) {
    double ns[WINDOWS];
    for (int w = -1; w < WINDOWS; w++) { /* window -1 warms up */
        double start = timer_now(), spent;
        int64_t calls = 0;
        do {
            kernel->run(d);
            calls++;
        } while ((spent = timer_now() - start) < seconds / WINDOWS);
        if (w >= 0)
            ns[w] = 1e9 * spent / (double)(calls * d->rows * d->n);
    }
    return bench_median(ns, WINDOWS);
}

static void time_sets(const struct kernel_row *kernel, double seconds,
                      struct bench_kernel *r) {
    for (int isa = ISA_BASELINE; isa < BENCH_SETS; isa++) {
        struct desk desk;
        dispatch_limit((enum isa)isa);
        desk_init(&desk, r->rows, r->n, kernel->kind);
        r->ns[isa] =
            dispatch_isa() == (enum isa)isa ? time_kernel(kernel, &desk, seconds) : NAN;
        desk_fini(&desk);
    }
    dispatch_limit(ISA_AVX512);
}

int bench_kernels(const struct shape *shape, int64_t length, double seconds,
                  struct bench_kernel *rows) {
    const int64_t widths[] = {
        [WIDTH_H] = shape->H, [WIDTH_F] = shape->F, [WIDTH_S] = length};
    int threads = omp_get_max_threads();
    omp_set_num_threads(1); /* some would share their work out */
    for (int i = 0; i < KERNELS; i++) {
        const struct kernel_row *k = &kernels[i];
        bool square = k->width == WIDTH_S; /* a head's scores */
        rows[i] = (struct bench_kernel){k->name,
                                        square ? length : GEMM_BLOCK_ROWS,
                                        widths[k->width],
                                        k->bytes,
                                        {0}};
        time_sets(k, seconds, &rows[i]);
    }
    omp_set_num_threads(threads);
    return KERNELS;
}
