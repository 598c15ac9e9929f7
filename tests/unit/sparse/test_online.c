/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a pass over two atoms worked out by hand, in which the second sees the
 * first where it is now; a pass over more atoms than go together against plain loops
 * in double precision; what the first atoms and older samples count, by hand; twins
 * and zeros give way; unused atoms die, but not before 10,000 samples; a dictionary
 * learnt from sparse sums of known atoms ends near them. */
#include "src/sparse/online.h"

#include <math.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/sparse/coder.h"
#include "tests/fill.h"
#include "tests/near.h"
#include "tests/tap.h"

static const struct near_limits near = {1, 1e-6, 1e-5};

static struct online *create(int64_t K, int64_t d, int64_t batch, int64_t samples,
                             bool parity, const float *first) {
    const struct online_options options = {K, d, batch, samples, parity};
    return online_create(&options, first);
}

static void test_two(void) {
    const float first[] = {1, 0, 0, 1}, pairs[] = {2, 1, 1, 2},
                sums[] = {1.8f, .4f, .6f, 1.2f};
    const double want[] = {.9, -.3, -.15, .75};
    struct online *o = create(2, 2, 1, 1, false, first);
    o->prior = 0;
    memcpy(o->pairs, pairs, sizeof pairs);
    memcpy(o->sums, sums, sizeof sums);
    online_move(o);
    near_f32(4, o->atoms, want, near, "two atoms, one after the other");
    online_destroy(o);
}

/* ---- many atoms, plainly ---- */

static void move_plainly(int64_t K, int64_t d, double prior, const double *first,
                         const double *pairs, const double *sums, double *atoms) {
    for (int64_t k = 0; k < K; k++) {
        double squares = 0, weight = pairs[k * K + k] + prior;
        double *atom = atoms + k * d, *to = mem_alloc((size_t)d, sizeof *to);
        for (int64_t i = 0; i < d; i++) {
            double rest = sums[k * d + i] + prior * (first[k * d + i] - atom[i]);
            for (int64_t j = 0; j < K; j++)
                rest -= pairs[k * K + j] * atoms[j * d + i];
            to[i] = atom[i] + rest / weight;
            squares += to[i] * to[i];
        }
        for (int64_t i = 0; i < d && weight > 1e-6; i++)
            atom[i] = squares > 1 ? to[i] / sqrt(squares) : to[i];
        mem_free(to);
    }
}

static void test_many(void) {
    enum { K = 150, D = 37, N = 400 };
    float *first = fill_normal(K * D, 1, 1), *x = fill_normal(N * D, 2, .3);
    struct codes codes = {0};
    struct online *o = create(K, D, N, N, false, first);
    for (int64_t row = 0; row < N; row++) {
        for (int32_t k = (int32_t)(row % 7); k < K - 3; k += 31)
            codes_put(&codes, k, .1f + .01f * (float)((k + row) % 11));
        codes_end_row(&codes);
    }
    double *atoms = fill_widen(K * D, o->atoms), *wide = fill_widen(K * D, o->first);
    online_step(o, x, &codes);
    double *pairs = fill_widen(K * K, o->pairs), *sums = fill_widen(K * D, o->sums);
    near_f64(1, &o->prior, &(double){1e-5}, near,
             "the first iteration keeps the prior");
    move_plainly(K, D, 1e-5, wide, pairs, sums, atoms);
    near_f32(K * D, o->atoms, atoms, (struct near_limits){1, 1e-5, 1e-4},
             "%d atoms, block by block", K);
    online_destroy(o);
    codes_fini(&codes);
    mem_free(first), mem_free(x), mem_free(atoms), mem_free(wide), mem_free(pairs),
        mem_free(sums);
}

/* ---- what counts how much ---- */

/* Samples of one atom alone: its sum is a weighted count of samples. */
static const struct {
    const char *what;
    bool parity;
    int64_t batch, samples;
    int iterations;
    double pair, prior;
} counted[] = {
    /* decays 1 - 4 = -3, 1/5, 5/9, 9/13, 13/14 of a batch of 4 */
    {"first iteration", false, 4, 40, 1, 1, 1e-5},
    {"as SPAMS", true, 4, 40, 1, 1, -3e-5},
    {"two", false, 4, 40, 2, 1 + 1. / 5, 1e-5 / 5},
    {"three", true, 4, 40, 3, 1 + 5. / 9 * (1 + 1. / 5), -3e-5 / 5 * 5 / 9},
    {"memory is twice the samples", false, 4, 3, 3, 1 + 3. / 7 * (1 + 1. / 5),
     1e-5 / 5 * 3 / 7},
};

static void test_counts(void) {
    const float first[] = {1, 0, 0, 1}, x[] = {1, 0, 1, 0, 1, 0, 1, 0};
    for (size_t i = 0; i < sizeof counted / sizeof *counted; i++) {
        struct codes codes = {0};
        struct online *o = create(2, 2, counted[i].batch, counted[i].samples,
                                  counted[i].parity, first);
        for (int row = 0; row < 4; row++) {
            codes_put(&codes, 0, 1);
            codes_end_row(&codes);
        }
        for (int n = 0; n < counted[i].iterations; n++)
            online_step(o, x, &codes);
        near_f32(1, o->pairs, &counted[i].pair, near, "%s: pairs", counted[i].what);
        near_f64(1, &o->prior, &counted[i].prior,
                 (struct near_limits){1e-5, 1e-7, 1e-6}, "and the prior");
        online_destroy(o);
        codes_fini(&codes);
    }
}

/* ---- who gives way ---- */

static void pick(float *sample, void *context) {
    int *picks = context;
    memset(sample, 0, 3 * sizeof *sample);
    sample[2] = 5;
    (*picks)++;
}

static void test_clean(void) {
    static const struct {
        const char *what;
        float first[6], want[6];
        int picks;
    } rows[] = {
        {"fine as they are", {1, 0, 0, 0, 1, 0}, {1, 0, 0, 0, 1, 0}, 0},
        {"twins", {1, 0, 0, 1, 0, 0}, {1, 0, 0, 0, 0, 1}, 1},
        {"opposites", {1, 0, 0, -1, 0, 0}, {1, 0, 0, 0, 0, 1}, 1},
        {"a zero", {0, 0, 0, 0, 1, 0}, {0, 0, 1, 0, 1, 0}, 1},
        {"the sample is one that is there", {0, 0, 1, 0, 0, 1}, {0, 0, 1, 0, 0, 1}, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int picks = 0;
        double want[6];
        struct online *o = create(2, 3, 1, 1, false, rows[i].first);
        for (int j = 0; j < 6; j++)
            want[j] = rows[i].want[j];
        online_clean(o, pick, &picks);
        near_f32(6, o->atoms, want, near, "%s", rows[i].what);
        is_int(picks, rows[i].picks, "samples taken");
        near_f32(1, o->gram + 1, &(double){want[0] * want[3] + want[2] * want[5]}, near,
                 "products are those of the atoms as they are");
        online_destroy(o);
    }
}

static void test_death(void) {
    const float first[] = {1, 0, 0, 1}, x[] = {1, 0};
    struct codes codes = {0};
    codes_put(&codes, 0, 1);
    codes_end_row(&codes);
    struct online *o = create(2, 2, 1, 20000, false, first);
    o->iteration = 10000;
    o->prior = 0;
    online_step(o, x, &codes);
    near_f32(2, o->atoms + 2, (double[]){0, 1}, near, "unused, but young");
    online_step(o, x, &codes);
    near_f32(2, o->atoms + 2, (double[]){0, 0}, near, "unused: dead");
    near_f32(2, o->atoms, (double[]){1, 0}, near, "the one in use lives");
    online_destroy(o);
    codes_fini(&codes);
}

/* ---- all of it ---- */

static void pick_again(float *sample, void *context) {
    memcpy(sample, context, 16 * sizeof *sample);
}

/* What the last batch comes to by other atoms. */
static double objective_of(int64_t K, int64_t d, int64_t batch, const float *atoms,
                           const float *x) {
    struct online *o = create(K, d, batch, batch, false, atoms);
    const struct coder_options options = {CODER_EXACT, K, d, .02, o->atoms, NULL};
    struct coder *coder = coder_create(&options);
    struct codes codes = {0};
    coder_run(coder, batch, x, &codes);
    double value = online_objective(o, .02, x, &codes);
    online_destroy(o);
    coder_destroy(coder);
    codes_fini(&codes);
    return value;
}

static void test_learning(void) {
    enum { K = 24, D = 16, BATCH = 50, ITERATIONS = 60, N = BATCH * ITERATIONS };
    float *truth = fill_normal(K * D, 7, .25), *x = fill_normal(N * D, 8, .01);
    int32_t *which = fill_ids(3 * N, 9, K);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < 3; j++)
            for (int k = 0; k < D; k++)
                x[i * D + k] += .5f * truth[which[3 * i + j] * D + k];
    struct online *o = create(K, D, BATCH, N, true, x);
    const struct coder_options options = {CODER_EXACT, K, D, .02, o->atoms, o->gram};
    struct coder *coder = coder_create(&options);
    struct codes codes = {0};
    double end = 0;
    for (int i = 0; i < ITERATIONS; i++) {
        const float *batch = x + i * BATCH * D;
        online_clean(o, pick_again, x + i * D);
        coder_renew(coder);
        coder_run(coder, BATCH, batch, &codes);
        end = online_objective(o, .02, batch, &codes);
        online_step(o, batch, &codes);
    }
    const float *last = x + (N - BATCH) * D;
    double start = objective_of(K, D, BATCH, x, last);
    double best = objective_of(K, D, BATCH, truth, last);
    ok(end < start - .75 * (start - best) && end > 0,
       "the objective falls from %.4f to %.4f; by the truth it is %.4f", start, end,
       best);
    online_destroy(o);
    coder_destroy(coder);
    codes_fini(&codes);
    mem_free(truth), mem_free(x), mem_free(which);
}

int main(void) {
    test_two();
    test_many();
    test_counts();
    test_clean();
    test_death();
    test_learning();
    return tap_done();
}
