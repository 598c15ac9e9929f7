/* SPDX-License-Identifier: Apache-2.0 */
/* Sparse codes by the clock: see codes.h. */
#include "src/bench/codes.h"

#include <math.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/rng.h"
#include "src/base/timer.h"
#include "src/bench/median.h"

enum { ROUNDS = 3 };

/* Of the part that all have in common to the part that is each one's own. */
static const double COMMON = 0.7;

float *bench_codes_directions(int64_t n, int64_t d, uint64_t tag) {
    float *x = mem_alloc((size_t)n, (size_t)d * sizeof *x);
    struct rng own, common;
    rng_init(&own, 0, RNG_BENCH, 1, tag);
    for (int64_t i = 0; i < n; i++) {
        double squares = 0;
        rng_init(&common, 0, RNG_BENCH, 2, 0);
        for (int64_t j = 0; j < d; j++) {
            double value = rng_normal(&own) + COMMON * rng_normal(&common);
            x[i * d + j] = (float)value;
            squares += value * value;
        }
        for (int64_t j = 0; j < d; j++)
            x[i * d + j] /= (float)sqrt(squares);
    }
    return x;
}

static double objective(const struct bench_codes *b, const struct codes *codes) {
    double total = 0, *rest = mem_alloc((size_t)b->d, sizeof *rest);
    for (int64_t row = 0; row < b->n; row++) {
        for (int64_t i = 0; i < b->d; i++)
            rest[i] = b->x[row * b->d + i];
        for (int64_t j = codes->starts[row]; j < codes->starts[row + 1]; j++) {
            const float *atom = b->atoms + codes->atoms[j] * b->d;
            total += b->lambda * codes->values[j];
            for (int64_t i = 0; i < b->d; i++)
                rest[i] -= (double)codes->values[j] * atom[i];
        }
        for (int64_t i = 0; i < b->d; i++)
            total += rest[i] * rest[i] / 2;
    }
    mem_free(rest);
    return total / (double)b->n;
}

static double distance_of(int64_t K, struct codes *a, struct codes *b) {
    double sum = 0, *row = mem_alloc((size_t)K, sizeof *row);
    codes_normalize(a);
    codes_normalize(b);
    for (int64_t i = 0; i < a->rows; i++) {
        memset(row, 0, (size_t)K * sizeof *row);
        for (int64_t j = a->starts[i]; j < a->starts[i + 1]; j++)
            row[a->atoms[j]] += a->values[j];
        for (int64_t j = b->starts[i]; j < b->starts[i + 1]; j++)
            row[b->atoms[j]] -= b->values[j];
        for (int64_t k = 0; k < K; k++)
            sum += fabs(row[k]);
    }
    mem_free(row);
    return sum / (double)a->rows;
}

void bench_codes(const struct bench_codes *b, struct bench_code result[CODER_MODES],
                 double *distance) {
    struct coder *coders[CODER_MODES];
    struct codes codes[CODER_MODES] = {0};
    double seconds[CODER_MODES][ROUNDS];
    for (int mode = 0; mode < CODER_MODES; mode++) {
        const struct coder_options options = {
            (enum coder_mode)mode, b->K, b->d, b->lambda, b->atoms, NULL};
        coders[mode] = coder_create(&options);
    }
    for (int round = 0; round < ROUNDS; round++)
        for (int mode = 0; mode < CODER_MODES; mode++) {
            double start = timer_now();
            coder_run(coders[mode], b->n, b->x, &codes[mode]);
            seconds[mode][round] = (timer_now() - start) / (double)b->n;
        }
    for (int mode = 0; mode < CODER_MODES; mode++) {
        result[mode] = (struct bench_code){bench_median(seconds[mode], ROUNDS),
                                           (double)codes[mode].count / (double)b->n,
                                           objective(b, &codes[mode])};
        coder_destroy(coders[mode]);
    }
    *distance = distance_of(b->K, &codes[CODER_EXACT], &codes[CODER_FISTA100]);
    for (int mode = 0; mode < CODER_MODES; mode++)
        codes_fini(&codes[mode]);
}
