/* SPDX-License-Identifier: Apache-2.0 */
/* Measurements: see bench.h. */
#include "src/train/bench.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/rng.h"
#include "src/base/timer.h"
#include "src/kernels/gemm.h"
#include "src/kernels/peak.h"
#include "src/model/bert.h"
#include "src/text/tokenizer.h"
#include "src/train/step.h"

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
            gemm(p->op_a, p->op_b, p->m, p->n, p->k, 1, a, lda, b, ldb, 0, c, p->n);
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

/* ---- the step ---- */

static void random_batch(const struct config *config, int64_t V, const int32_t *lengths,
                         int64_t B, int rank, struct batch *batch) {
    int64_t most = config->train_sequence_length;
    int32_t *ids = mem_alloc((size_t)most, sizeof *ids);
    int32_t *positions = mem_alloc((size_t)most, sizeof *positions);
    int32_t *labels = mem_alloc((size_t)most, sizeof *labels);
    struct rng rng;
    rng_init(&rng, 0, RNG_BENCH, (uint64_t)rank, 0);
    batch_init(batch, B, most);
    for (int64_t b = 0; b < B; b++) {
        struct example e = {.length = lengths[b], .split = lengths[b] / 2, .next = (int)(b % 2),
                            .ids = ids, .positions = positions, .labels = labels};
        double masks = config->data_mask_prob * lengths[b];
        for (int32_t i = 0; i < e.length; i++) {
            ids[i] = (int32_t)rng_below(&rng, (uint64_t)V);
            /* spread evenly: as many as round(mask_prob · length) */
            if ((int32_t)((i + 1) * masks / e.length + .5) > e.masked) {
                positions[e.masked] = i;
                labels[e.masked++] = ids[i];
            }
        }
        batch_add(batch, &e, (struct origin){(uint32_t)rank, (uint64_t)b});
    }
    mem_free(ids);
    mem_free(positions);
    mem_free(labels);
}

struct window {
    double seconds, tokens, useful, executed;
    double shares[3]; /* compute, reduce, update of the mean rank */
};

/* Steps of about a second together; *step counts on. */
static struct window run_window(struct comm *comm, struct stepper *stepper,
                                const struct batch *batch, int64_t steps, int64_t *step) {
    struct window w = {0};
    struct step_report report;
    struct err err;
    gemm_take_flops();
    stepper_seconds(stepper);
    comm_barrier(comm);
    const struct step_input input = {.batch = batch};
    double start = timer_now();
    for (int64_t i = 0; i < steps; i++) {
        stepper_run(stepper, ++*step, &input, &report, &err);
        w.tokens += (double)report.tokens;
        w.useful += report.useful_flops;
    }
    w.seconds = timer_now() - start;
    w.executed = gemm_take_flops();
    struct step_seconds own = stepper_seconds(stepper);
    double parts[] = {w.executed, own.compute, own.reduce, own.update};
    comm_max_f64(comm, &w.seconds, 1);
    comm_sum_f64(comm, parts, 4);
    w.executed = parts[0];
    for (int i = 0; i < 3; i++)
        w.shares[i] = parts[i + 1] / w.seconds / comm_size(comm);
    return w;
}

static void conclude(const struct window *windows, int64_t steps, struct bench_step *r) {
    double tokens[WINDOWS], useful[WINDOWS], executed[WINDOWS], seconds[WINDOWS];
    double shares[3][WINDOWS];
    for (int w = 0; w < WINDOWS; w++) {
        double s = windows[w].seconds;
        tokens[w] = windows[w].tokens / s;
        useful[w] = 1e-9 * windows[w].useful / s;
        executed[w] = 1e-9 * windows[w].executed / s;
        seconds[w] = s / (double)steps;
        for (int i = 0; i < 3; i++)
            shares[i][w] = windows[w].shares[i];
    }
    r->tokens_per_s = bench_median(tokens, WINDOWS);
    r->useful_gflops = bench_median(useful, WINDOWS);
    r->executed_gflops = bench_median(executed, WINDOWS);
    r->step_seconds = bench_median(seconds, WINDOWS);
    r->percent_of_peak = 100 * r->executed_gflops / r->fma_peak_gflops;
    r->compute = bench_median(shares[0], WINDOWS);
    r->reduce = bench_median(shares[1], WINDOWS);
    r->update = bench_median(shares[2], WINDOWS);
}

void bench_step(struct comm *comm, const struct config *config, int64_t vocab_size,
                const int32_t *lengths, int64_t B, struct bench_step *result) {
    struct shape shape = config_shape(config, vocab_size);
    struct params_table table = {0};
    struct batch batch;
    model_layout(&table, &shape, config_pairs(config));
    random_batch(config, vocab_size, lengths, B, comm_rank(comm), &batch);
    struct stepper_options options = {config, shape, &table, B, config->train_sequence_length};
    struct stepper *stepper = stepper_create(&options, comm);
    model_init(stepper_weights(stepper), 0, config->model_init_range);

    struct window windows[WINDOWS];
    int64_t step = 0;
    run_window(comm, stepper, &batch, 1, &step); /* first touch */
    double one = run_window(comm, stepper, &batch, 1, &step).seconds;
    int64_t steps = one < 1 ? (int64_t)(1 / one) + 1 : 1;
    comm_broadcast(comm, &steps, sizeof steps, 0);
    double before = bench_fma_peak(comm);
    for (int w = 0; w < WINDOWS; w++)
        windows[w] = run_window(comm, stepper, &batch, steps, &step);
    double after = bench_fma_peak(comm);
    result->fma_peak_gflops = before > after ? before : after;
    conclude(windows, steps, result);
    result->state_bytes = (double)stepper_state_bytes(stepper) / (double)table.total;
    stepper_destroy(stepper);
    batch_fini(&batch);
    params_table_fini(&table);
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
