/* SPDX-License-Identifier: Apache-2.0 */
/* Measurements: see bench.h. */
#include "src/train/bench.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/timer.h"
#include "src/kernels/gemm.h"
#include "src/kernels/peak.h"
#include "src/text/tokenizer.h"

enum { WINDOWS = 7, TRIAD_BYTES = 384 << 20 };

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_median(double *values, int n) {
    qsort(values, (size_t)n, sizeof *values, ascending);
    return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

/* ---- peak ---- */

double bench_fma_peak(struct comm *comm) {
    double gflops = 0;
    comm_barrier(comm);
#pragma omp parallel reduction(+ : gflops)
    gflops += peak_fma_gflops(0.5);
    comm_sum_f64(comm, &gflops, 1);
    return gflops;
}

void bench_peak(struct comm *comm, struct bench_peak *result) {
    result->fma_peak_gflops = bench_fma_peak(comm);
    comm_barrier(comm);
    result->triad_gbytes = peak_triad_gbytes(TRIAD_BYTES, 1.0);
    comm_sum_f64(comm, &result->triad_gbytes, 1);
}

/* ---- matrix products ---- */

int bench_products(const struct shape *s, int64_t T, struct bench_product *rows) {
    const int64_t H = s->H, F = s->F, D = s->H / s->A, S = 128, M = T * 15 / 100;
    const struct {
        const char *name;
        int64_t rows, out, in;
    } dense[] = {{"qkv", T, 3 * H, H}, {"output", T, H, H}, {"ffn up", T, F, H},
                 {"ffn down", T, H, F}, {"vocabulary", M, s->V, H}};
    static const char *const names[][3] = {
        {"qkv", "qkv dX", "qkv dW"}, {"output", "output dX", "output dW"},
        {"ffn up", "ffn up dX", "ffn up dW"}, {"ffn down", "ffn down dX", "ffn down dW"},
        {"vocabulary", "vocabulary dX", "vocabulary dW"}};
    int n = 0;
    for (int i = 0; i < 5; i++) { /* Y = X Wᵀ, dX = dY W, dW = dYᵀ X */
        int64_t r = dense[i].rows, out = dense[i].out, in = dense[i].in;
        rows[n++] = (struct bench_product){names[i][0], r, out, in, GEMM_N, GEMM_T};
        rows[n++] = (struct bench_product){names[i][1], r, in, out, GEMM_N, GEMM_N};
        rows[n++] = (struct bench_product){names[i][2], out, in, r, GEMM_T, GEMM_N};
    }
    rows[n++] = (struct bench_product){"scores", S, S, D, GEMM_N, GEMM_T};
    rows[n++] = (struct bench_product){"context", S, D, S, GEMM_N, GEMM_N};
    rows[n++] = (struct bench_product){"context dV", S, D, S, GEMM_T, GEMM_N};
    return n;
}

double bench_gemm(const struct bench_product *p, double seconds) {
    size_t a_count = (size_t)(p->m * p->k), b_count = (size_t)(p->k * p->n);
    float *a = mem_alloc(a_count, sizeof *a), *b = mem_alloc(b_count, sizeof *b);
    float *c = mem_alloc((size_t)(p->m * p->n), sizeof *c);
    for (size_t i = 0; i < a_count; i++)
        a[i] = (float)(i % 7) - 3;
    for (size_t i = 0; i < b_count; i++)
        b[i] = (float)(i % 5) - 2;
    int64_t lda = p->op_a == GEMM_N ? p->k : p->m, ldb = p->op_b == GEMM_N ? p->n : p->k;
    double flops = 2.0 * (double)p->m * (double)p->n * (double)p->k, rates[WINDOWS];
    for (int w = -1; w < WINDOWS; w++) { /* window -1 warms up */
        double start = timer_now(), spent;
        int64_t calls = 0;
        do {
            gemm(p->op_a, p->op_b, p->m, p->n, p->k, a, lda, b, ldb, false, c, p->n);
            calls++;
        } while ((spent = timer_now() - start) < seconds / WINDOWS);
        if (w >= 0)
            rates[w] = 1e-9 * flops * (double)calls / spent;
    }
    mem_free(a);
    mem_free(b);
    mem_free(c);
    return bench_median(rates, WINDOWS);
}

/* ---- tokenisation ---- */

enum { LEAST_BYTES = 8 << 20 }; /* timed at once: short texts several times */

/* Seconds for `timed`, after the tokenizer has seen `before`. */
static double tokenize_window(const struct vocab *vocab,
                              const struct normalizer_options *options,
                              struct slice before, struct slice timed, struct ids *ids) {
    double seconds = 0;
    size_t times = 1 + LEAST_BYTES / (timed.size + 1);
    for (size_t i = 0; i < times; i++) {
        struct tokenizer *tokenizer = tokenizer_create(vocab, options);
        ids->count = 0;
        tokenizer_encode(tokenizer, before, ids);
        ids->count = 0;
        double start = timer_used();
        tokenizer_encode(tokenizer, timed, ids);
        seconds += timer_used() - start;
        tokenizer_destroy(tokenizer);
    }
    return seconds / (double)times;
}

void bench_tokenize(const struct vocab *vocab, bool cased, struct slice text,
                    struct bench_tokenize *result) {
    const struct normalizer_options options = {true, true, !cased, !cased};
    const char *middle = memchr(text.data + text.size / 2, '\n', text.size - text.size / 2);
    size_t first = middle ? (size_t)(middle + 1 - text.data) : text.size / 2;
    struct slice a = {text.data, first}, b = {text.data + first, text.size - first};
    double warm[WINDOWS], cold[WINDOWS];
    struct ids ids = {0};
    for (int w = 0; w < WINDOWS; w++) {
        cold[w] = tokenize_window(vocab, &options, (struct slice){NULL, 0}, b, &ids);
        warm[w] = tokenize_window(vocab, &options, a, b, &ids);
    }
    size_t unknown = 0;
    for (size_t i = 0; i < ids.count; i++)
        unknown += ids.data[i] == vocab->unk;
    double seconds = bench_median(warm, WINDOWS);
    *result = (struct bench_tokenize){
        .mb_per_s = 1e-6 * (double)b.size / seconds,
        .mb_per_s_cold = 1e-6 * (double)b.size / bench_median(cold, WINDOWS),
        .tokens_per_s = (double)ids.count / seconds,
        .unknown_share = ids.count ? (double)unknown / (double)ids.count : 0,
        .ids = ids.count,
        .bytes = b.size,
        .cache_bytes = tokenizer_cache_bytes(),
    };
    ids_fini(&ids);
}
