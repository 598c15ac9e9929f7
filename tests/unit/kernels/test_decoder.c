/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: loss, hits and all gradients against the reference, for every instruction set,
 * with vocabularies below and above a block and a segment, one row and many, and logits
 * that overflow unless the largest is taken off, wherever in the vocabulary it lies;
 * the label counts as a hit only if it is the first of the largest, whichever blocks
 * these are in; evaluation gives the same loss and touches no gradient; what is in the
 * scratch memory does not matter; any number of threads gives the same bits.  Words are
 * drawn by the race of race.h.  In bf16, from numbers that are so already, the loss is
 * as near, and gradients are as near as a rounding of their factors explains. */
#include "src/kernels/decoder.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <string.h>

#include "src/base/bf16.h"
#include "src/base/dispatch.h"
#include "src/base/mem.h"
#include "src/kernels/gemm.h"
#include "src/kernels/precision.h"
#include "src/kernels/ref.h"
#include "tests/fill.h"
#include "tests/near.h"
#include "tests/tap.h"

struct job {
    struct decoder decoder;
    float *x, *weight, *bias, *dx, *dweight, *dbias;
    int32_t *labels;
    size_t scratch_bytes;
    double loss;
    int64_t correct;
};

static bool in_bf16;

static void round_all(int64_t n, float *x) {
    uint16_t *half = mem_alloc((size_t)n, sizeof *half);
    bf16_narrow((size_t)n, x, half);
    bf16_widen((size_t)n, half, x);
    mem_free(half);
}

/* `deviation` is that of the logits, about. */
static void job_init(struct job *job, int64_t rows, int64_t H, int64_t V, float scale,
                     double deviation) {
    *job = (struct job){.x = fill_normal(rows * H, 1, 1),
                        .weight = fill_normal(V * H, 2, deviation / sqrt((double)H)),
                        .bias = fill_normal(V, 3, deviation / 4),
                        .dx = fill_normal(rows * H, 4, 1),
                        .dweight = fill_normal(V * H, 5, 1e-3),
                        .dbias = fill_normal(V, 6, 1e-3),
                        .labels = fill_ids(rows, 7, (int32_t)V),
                        .scratch_bytes = decoder_scratch_bytes(rows, H, V),
                        .loss = 3,
                        .correct = 5};
    if (in_bf16) {
        round_all(rows * H, job->x);
        round_all(V * H, job->weight);
    }
    void *scratch = mem_alloc(job->scratch_bytes, 1);
    memset(scratch, 0xff, job->scratch_bytes); /* NaN all over */
    job->decoder =
        (struct decoder){rows,       H,           V,     job->x,  job->weight,
                         job->bias,  job->labels, scale, job->dx, job->dweight,
                         job->dbias, scratch,     NULL,  NULL};
}

static void job_fini(struct job *job) {
    mem_free(job->x), mem_free(job->weight), mem_free(job->bias), mem_free(job->dx);
    mem_free(job->dweight), mem_free(job->dbias), mem_free(job->labels);
    mem_free(job->decoder.scratch);
}

static void job_run(struct job *job) {
    decoder_loss(&job->decoder, &job->loss, &job->correct);
}

/* After job_init: runs it, and compares with the reference. */
static void check_job(struct job *job, double deviation, const char *name) {
    const struct decoder *d = &job->decoder;
    int64_t rows = d->rows, H = d->H, V = d->V, wcorrect = job->correct;
    double *x = fill_widen(rows * H, job->x), *weight = fill_widen(V * H, job->weight);
    double *bias = fill_widen(V, job->bias), *dx = fill_widen(rows * H, job->dx);
    double *dweight = fill_widen(V * H, job->dweight);
    double *dbias = fill_widen(V, job->dbias), wloss = job->loss;
    double scale = (double)d->scale;
    ref_decoder_loss(rows, H, V, x, weight, bias, job->labels, scale, dx, dweight,
                     dbias, &wloss, &wcorrect);
    job_run(job);
    /* a logit's own error, relative to their deviation, shows in the probabilities */
    double error = 1e-6 * fmax(deviation, 1);
    double gradient = in_bf16 ? fmax(2 * ldexp(1, -9), error) : error; /* two factors */
    near_f64(1, &job->loss, &wloss, (struct near_limits){1, error, 3 * error},
             "%s: loss", name);
    is_int(job->correct, wcorrect, "%s: hits", name);
    double word = fmax(deviation / sqrt((double)H), 1e-3);
    near_f32(rows * H, job->dx, dx,
             (struct near_limits){scale * word, gradient, 9 * gradient},
             "%s: gradient of x", name);
    near_f32(V * H, job->dweight, dweight,
             (struct near_limits){fmax(scale, 1e-3), gradient, 3 * gradient},
             "%s: gradient of the words", name);
    near_f32(V, job->dbias, dbias,
             (struct near_limits){fmax(scale, 1e-3), gradient, 3 * gradient},
             "%s: gradient of the bias", name);
    mem_free(x), mem_free(weight), mem_free(bias);
    mem_free(dx), mem_free(dweight), mem_free(dbias);
}

static void test_against_ref(void) {
    static const struct {
        int64_t rows, H, V;
        float scale;
        double deviation;
    } rows[] = {
        {1, 1, 1, 1, 1},          {1, 16, 2, .5f, 1},       {3, 5, 37, .25f, 2},
        {16, 32, 384, .1f, 2},    {17, 33, 385, .1f, 2},    {33, 16, 767, 1e-2f, 3},
        {100, 8, 6145, 1e-2f, 3}, {7, 24, 7000, .1f, 2},    {5, 8, 12289, .1f, 2},
        {600, 4, 500, 1e-3f, 2},  {4, 16, 1000, .25f, 0},   {20, 8, 3000, .1f, 100},
        {9, 8, 6200, .1f, 1e4},   {513, 16, 400, 1e-3f, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct job job;
        char name[128];
        snprintf(name, sizeof name, "isa %d, %d rows, H %d, V %d, deviation %g",
                 (int)dispatch_isa(), (int)rows[i].rows, (int)rows[i].H, (int)rows[i].V,
                 rows[i].deviation);
        job_init(&job, rows[i].rows, rows[i].H, rows[i].V, rows[i].scale,
                 rows[i].deviation);
        check_job(&job, rows[i].deviation, name);
        job_fini(&job);
    }
}

/* The words' logits are their biases; all `least` but one or two, 5 above it or above
 * 0. */
static void test_ties(void) {
    enum { ROWS = 3, H = 1, V = 9000 };
    static const struct {
        const char *name;
        float least;
        int32_t first, second, label;
        int64_t correct;
    } rows[] = {
        {"one block, the first", 0, 3, 300, 3, 1},
        {"one block, the second", 0, 3, 300, 300, 0},
        {"neighbours, the first", 0, 700, 701, 700, 1},
        {"neighbours, the second", 0, 700, 701, 701, 0},
        {"two blocks, the first", 0, 500, 900, 500, 1},
        {"two blocks, the second", 0, 500, 900, 900, 0},
        {"two segments, the first", 0, 100, 8000, 100, 1},
        {"two segments, the second", 0, 100, 8000, 8000, 0},
        {"last word", 0, 8999, 8999, 8999, 1},
        {"neither", 0, 8, 9, 10, 0},
        {"all but minus infinity: the first", -INFINITY, 5, 5, 5, 1},
        {"all but minus infinity: another", -INFINITY, 5, 5, 6, 0},
        {"two alone, far apart: the second", -INFINITY, 0, 8999, 8999, 0},
        {"far below zero, the first", -1000, 400, 8000, 400, 1},
        {"far below zero, the second", -1000, 400, 8000, 8000, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int evaluate = 0; evaluate < 2; evaluate++) {
            bool alone = rows[i].first == rows[i].second;
            float most = rows[i].least > -INFINITY ? rows[i].least + 5 : 5;
            double sum = (alone ? 1 : 2) +
                         (alone ? V - 1 : V - 2) * exp((double)(rows[i].least - most));
            struct job job;
            job_init(&job, ROWS, H, V, evaluate ? 0 : .1f, 1);
            memset(job.x, 0, ROWS * H * sizeof *job.x);
            for (int v = 0; v < V; v++)
                job.bias[v] = rows[i].least;
            job.bias[rows[i].first] = job.bias[rows[i].second] = most;
            for (int k = 0; k < ROWS; k++)
                job.labels[k] = rows[i].label;
            job_run(&job);
            double loss =
                3 + ROWS * (log(sum) + (double)most - (double)job.bias[rows[i].label]);
            near_f64(1, &job.loss, &loss, (struct near_limits){1, 1e-6, 3e-6},
                     "isa %d, %s%s: loss", (int)dispatch_isa(), rows[i].name,
                     evaluate ? ", evaluated" : "");
            is_int(job.correct, 5 + ROWS * rows[i].correct, "isa %d, %s%s: hits",
                   (int)dispatch_isa(), rows[i].name, evaluate ? ", evaluated" : "");
            job_fini(&job);
        }
}

/* One logit, at each of some places, is far above the rest, which come before and
 * after it: the factors between blocks and segments must be right. */
static void test_peaks(void) {
    static const int32_t places[] = {0, 383, 384, 1000, 4000, 6299};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        struct job job;
        char name[64];
        job_init(&job, 5, 8, 6300, .1f, 1);
        job.bias[places[i]] = 12;
        job.bias[6298] = 5;
        job.labels[0] = places[i];
        snprintf(name, sizeof name, "isa %d, peak at %d", (int)dispatch_isa(),
                 (int)places[i]);
        check_job(&job, 12, name);
        job_fini(&job);
    }
}

static void test_nan(void) {
    static const struct {
        const char *name;
        float bias;
        int32_t place;
    } rows[] = {
        {"NaN in the first block", NAN, 0},
        {"NaN in the last", NAN, 6000},
        {"infinity in the middle", INFINITY, 3000},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct job job;
        job_init(&job, 2, 8, 6001, .1f, 1);
        job.bias[rows[i].place] = rows[i].bias;
        job_run(&job);
        ok(isnan(job.loss), "isa %d, %s is not hidden: %g", (int)dispatch_isa(),
           rows[i].name, job.loss);
        job_fini(&job);
    }
}

static void test_evaluation(void) {
    enum { ROWS = 50, H = 16, V = 2000 };
    struct job train, evaluate;
    job_init(&train, ROWS, H, V, .1f, 2);
    job_init(&evaluate, ROWS, H, V, 0, 2);
    evaluate.decoder.dx = evaluate.decoder.dweight = evaluate.decoder.dbias = NULL;
    job_run(&train);
    job_run(&evaluate);
    ok(train.loss == evaluate.loss && train.correct == evaluate.correct,
       "isa %d, evaluation: the same loss and hits", (int)dispatch_isa());
    job_fini(&train);
    job_fini(&evaluate);
}

static void test_threads(void) {
    enum { ROWS = 70, H = 24, V = 7001 };
    struct job alone;
    job_init(&alone, ROWS, H, V, .1f, 2);
    job_run(&alone);
    for (int threads = 1; threads <= 5; threads++) {
        struct job team;
        job_init(&team, ROWS, H, V, .1f, 2);
#pragma omp parallel num_threads(threads)
        job_run(&team);
        ok(team.loss == alone.loss && team.correct == alone.correct,
           "isa %d, %d threads: the same loss", (int)dispatch_isa(), threads);
        ok(memcmp(team.dx, alone.dx, ROWS * H * sizeof(float)) == 0 &&
               memcmp(team.dweight, alone.dweight, V * H * sizeof(float)) == 0 &&
               memcmp(team.dbias, alone.dbias, V * sizeof(float)) == 0,
           "isa %d, %d threads: the same gradients", (int)dispatch_isa(), threads);
        job_fini(&team);
    }
    job_fini(&alone);
}

/* Word v's score in the race of a row: its logit, and Gumbel noise. */
static double score(const struct job *job, const struct philox_row *noise, int64_t i,
                    int64_t v) {
    const struct decoder *d = &job->decoder;
    double logit = (double)job->bias[v];
    uint32_t words[4];
    for (int64_t j = 0; j < d->H; j++)
        logit += (double)job->x[i * d->H + j] * (double)job->weight[v * d->H + j];
    philox_words(noise, (uint32_t)(v / 4), 4, words);
    return logit - log(-log1p(-((double)(words[v % 4] / 2) + 0.5) * 0x1p-31));
}

static int32_t best_word(const struct job *job, const struct philox_row *noise,
                         int64_t i) {
    int32_t best = 0;
    double most = -INFINITY;
    for (int32_t v = 0; v < job->decoder.V; v++) {
        double s = score(job, noise, i, v);
        if (s > most)
            most = s, best = v;
    }
    return best;
}

/* Words are drawn as the logits and the noise say, in training and evaluation, and
 * nothing else is another for it. */
static void test_drawn(void) {
    enum { ROWS = 20, H = 8, V = 7001 };
    struct philox_row noise[ROWS];
    struct job plain;
    int32_t want[ROWS];
    job_init(&plain, ROWS, H, V, .1f, 2);
    job_run(&plain);
    for (int i = 0; i < ROWS; i++) {
        noise[i] =
            (struct philox_row){.counter = {0, (uint32_t)i, 9, 0}, .key = {5, 6}};
        want[i] = best_word(&plain, &noise[i], i);
    }
    for (int threads = 0; threads <= 3; threads++) { /* 0: evaluation */
        struct job job;
        int32_t drawn[ROWS];
        job_init(&job, ROWS, H, V, threads ? .1f : 0, 2);
        job.decoder.noise = noise;
        job.decoder.drawn = drawn;
#pragma omp parallel num_threads(threads ? threads : 1)
        job_run(&job);
        ok(memcmp(drawn, want, sizeof want) == 0, "isa %d, %d threads: drawn",
           (int)dispatch_isa(), threads);
        ok(job.loss == plain.loss && job.correct == plain.correct, "  the same loss");
        job_fini(&job);
    }
    job_fini(&plain);
}

static void test_all(void) {
    test_against_ref();
    test_ties();
    test_peaks();
    test_nan();
    test_evaluation();
    test_threads();
    test_drawn();
}

static void test_rounded(void) {
    struct err err;
    is_int(precision_start(true, &err), 0, "in bf16, by %s", precision_describe());
    in_bf16 = true;
    gemm_in(GEMM_BF16);
    test_all();
}

int main(void) {
    omp_set_num_threads(1); /* OpenBLAS's, too, outside a team: as many as in one */
    for (int isa = 0; fill_isa(isa); isa++)
        test_all();
    test_rounded();
    return tap_done();
}
