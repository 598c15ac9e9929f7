/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: codes worked out by hand (an orthogonal dictionary, a correlated one, one
 * whose free solution would be negative, a vector that no atom is like); codes of
 * random vectors against the conditions that make a code the least, in double
 * precision, also where atoms are twins, zero, fewer or more than the width; FISTA
 * against the recursion in double precision; the same bits however many rows go
 * together. */
#include "src/sparse/coder.h"

#include <math.h>
#include <string.h>

#include "src/base/mem.h"
#include "tests/fill.h"
#include "tests/near.h"
#include "tests/tap.h"

static struct codes code(enum coder_mode mode, int64_t K, int64_t d, double lambda,
                         const float *atoms, int64_t n, const float *x) {
    const struct coder_options options = {mode, K, d, lambda, atoms, NULL};
    struct coder *coder = coder_create(&options);
    struct codes codes = {0};
    coder_run(coder, n, x, &codes);
    coder_destroy(coder);
    return codes;
}

static void widen(const struct codes *codes, int64_t row, int64_t K, double *a) {
    memset(a, 0, (size_t)K * sizeof *a);
    for (int64_t j = codes->starts[row]; j < codes->starts[row + 1]; j++)
        a[codes->atoms[j]] = codes->values[j];
}

/* ---- by hand ---- */

static const struct {
    const char *what;
    int64_t K, d;
    float atoms[9], x[3];
    double a[3], q[3];
} hand[] = {
    {"orthogonal atoms",
     3,
     3,
     {1, 0, 0, 0, 1, 0, 0, 0, 1},
     {.6f, .8f, 0},
     {.55, .75, 0},
     {.423077, .576923, 0}},
    {"correlated atoms",
     2,
     2,
     {1, 0, .6f, .8f},
     {.8f, .6f},
     {.31875, .71875},
     {.307229, .692771}},
    {"one would be negative", 2, 2, {1, 0, .6f, .8f}, {.28f, .96f}, {0, .886}, {0, 1}},
    {"nothing is like it", 2, 2, {1, 0, 0, 1}, {-1, 0}, {0, 0}, {0, 0}},
};

static void test_hand(enum coder_mode mode) {
    const struct near_limits limits = {1, 1e-6, 1e-5};
    for (size_t i = 0; i < sizeof hand / sizeof *hand; i++) {
        double a[3];
        struct codes codes =
            code(mode, hand[i].K, hand[i].d, .05, hand[i].atoms, 1, hand[i].x);
        is_int(codes.rows, 1, "%s, %s: a row", coder_names[mode], hand[i].what);
        widen(&codes, 0, hand[i].K, a);
        near_f64(hand[i].K, a, hand[i].a, limits, "its code");
        codes_normalize(&codes);
        widen(&codes, 0, hand[i].K, a);
        near_f64(hand[i].K, a, hand[i].q, limits, "as shares");
        codes_fini(&codes);
    }
}

/* A third atom would go in, but a code has no more than the width. */
static void test_full(void) {
    static const float atoms[] = {1, 0, 0, .5f, -.5f, .8f}, x[] = {.9f, .3f};
    static const double want[] = {.85, .4, 0};
    const struct near_limits limits = {1, 1e-6, 1e-5};
    double a[3];
    struct codes codes = code(CODER_EXACT, 3, 2, .05, atoms, 1, x);
    is_int(codes.count, 2, "as many atoms as the width has");
    widen(&codes, 0, 3, a);
    near_f64(3, a, want, limits, "and no more");
    codes_fini(&codes);
}

/* ---- the conditions ---- */

/* Rows of length 1 that have much in common, as a model's states do. */
static float *directions(int64_t n, int64_t d, uint32_t tag, double common) {
    float *x = fill_normal(n * d, tag, 1), *shared = fill_normal(d, 99, common);
    for (int64_t i = 0; i < n; i++) {
        double squares = 0;
        for (int64_t j = 0; j < d; j++) {
            x[i * d + j] += shared[j];
            squares += (double)x[i * d + j] * x[i * d + j];
        }
        for (int64_t j = 0; j < d; j++)
            x[i * d + j] /= (float)sqrt(squares);
    }
    mem_free(shared);
    return x;
}

/* How far a code is from meeting them. */
static double violation(int64_t K, int64_t d, double lambda, const float *atoms,
                        const float *x, const double *a) {
    double worst = 0;
    double *rest = fill_widen(d, x);
    for (int64_t k = 0; k < K; k++)
        for (int64_t i = 0; i < d; i++)
            rest[i] -= a[k] * (double)atoms[k * d + i];
    for (int64_t k = 0; k < K; k++) {
        double g = -lambda;
        for (int64_t i = 0; i < d; i++)
            g += rest[i] * (double)atoms[k * d + i];
        worst = fmax(worst, a[k] > 0 ? fabs(g) : g);
        worst = a[k] < 0 ? INFINITY : worst;
    }
    mem_free(rest);
    return worst;
}

static const struct {
    const char *what;
    int64_t K, d;
    double lambda, common;
    int twins, zeros; /* the last atoms are these */
} cases[] = {
    {"random atoms", 60, 24, .05, 0, 0, 0},
    {"with much in common", 200, 40, .05, 1, 0, 0},
    {"fewer than the width", 9, 40, .02, .5, 0, 0},
    {"a single one", 1, 5, .05, 1, 0, 0},
    {"small penalty: many in a code", 300, 64, .0005, .7, 0, 0},
    {"twins", 80, 24, .05, .7, 20, 0},
    {"zeros", 50, 24, .05, .7, 0, 10},
    {"penalty over all", 50, 24, 2, .7, 0, 0},
};

static void test_conditions(void) {
    enum { ROWS = 60 };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t K = cases[i].K, d = cases[i].d, twins = cases[i].twins,
                zeros = cases[i].zeros;
        float *atoms = directions(K, d, 1, cases[i].common);
        float *x = directions(ROWS, d, 2, cases[i].common);
        double *a = mem_alloc((size_t)K, sizeof *a), worst = 0;
        memcpy(atoms + (K - twins) * d, atoms, (size_t)(twins * d) * sizeof *atoms);
        memset(atoms + (K - zeros) * d, 0, (size_t)(zeros * d) * sizeof *atoms);
        struct codes codes = code(CODER_EXACT, K, d, cases[i].lambda, atoms, ROWS, x);
        for (int64_t row = 0; row < ROWS; row++) {
            widen(&codes, row, K, a);
            worst =
                fmax(worst, violation(K, d, cases[i].lambda, atoms, x + row * d, a));
        }
        ok(worst < 1e-5, "%s: every code is the least (off by %.1e at most)",
           cases[i].what, worst);
        ok(cases[i].lambda < 1 ? codes.count > 0 : codes.count == 0,
           "%.1f atoms in one on average", (double)codes.count / ROWS);
        codes_fini(&codes);
        mem_free(a), mem_free(atoms), mem_free(x);
    }
}

/* ---- FISTA ---- */

/* The recursion of one vector, in double. */
static void recurse(int64_t K, int64_t d, double lambda, double eta, const float *atoms,
                    const float *x, int steps, double *a) {
    double *y = mem_alloc((size_t)K, sizeof *y), *r = mem_alloc((size_t)d, sizeof *r);
    double next = 1;
    memset(a, 0, (size_t)K * sizeof *a);
    for (int s = 0; s < steps; s++) {
        double t = next;
        next = (1 + sqrt(1 + 4 * t * t)) / 2;
        for (int64_t i = 0; i < d; i++) {
            r[i] = x[i];
            for (int64_t k = 0; k < K; k++)
                r[i] -= (double)atoms[k * d + i] * y[k];
        }
        for (int64_t k = 0; k < K; k++) {
            double g = 0, old = a[k];
            for (int64_t i = 0; i < d; i++)
                g += (double)atoms[k * d + i] * r[i];
            a[k] = fmax(0, y[k] + eta * g - eta * lambda);
            y[k] = a[k] + (t - 1) / next * (a[k] - old);
        }
    }
    mem_free(y), mem_free(r);
}

static void test_recursion(void) {
    enum { K = 70, D = 20, ROWS = 5 };
    float *atoms = directions(K, D, 3, .8), *x = directions(ROWS, D, 4, .8);
    double a[K], want[K], v[D], w[D], largest = 0;
    for (int i = 0; i < D; i++)
        v[i] = 1;
    for (int s = 0; s < 2000; s++) { /* power iteration */
        double squares = 0;
        memset(w, 0, sizeof w);
        for (int k = 0; k < K; k++) {
            double u = 0;
            for (int i = 0; i < D; i++)
                u += (double)atoms[k * D + i] * v[i];
            for (int i = 0; i < D; i++)
                w[i] += u * (double)atoms[k * D + i];
        }
        for (int i = 0; i < D; i++)
            squares += w[i] * w[i];
        largest = sqrt(squares);
        for (int i = 0; i < D; i++)
            v[i] = w[i] / largest;
    }
    struct codes codes = code(CODER_FISTA100, K, D, .05, atoms, ROWS, x);
    for (int row = 0; row < ROWS; row++) {
        recurse(K, D, .05, 1 / largest, atoms, x + row * D, 100, want);
        widen(&codes, row, K, a);
        near_f64(K, a, want, (struct near_limits){1, 1e-7, 3e-7},
                 "row %d after 100 steps", row);
    }
    codes_fini(&codes);
    mem_free(atoms), mem_free(x);
}

/* ---- the same bits ---- */

static void test_together(enum coder_mode mode) {
    enum { K = 90, D = 33, ROWS = 130 };
    float *atoms = directions(K, D, 5, .8), *x = directions(ROWS, D, 6, .8);
    struct codes all = code(mode, K, D, .05, atoms, ROWS, x);
    bool same = all.rows == ROWS;
    for (int row = 0; row < ROWS; row++) {
        struct codes one = code(mode, K, D, .05, atoms, 1, x + row * D);
        int64_t at = all.starts[row], n = all.starts[row + 1] - at;
        same = same && one.count == n &&
               memcmp(one.atoms, all.atoms + at, (size_t)n * sizeof *one.atoms) == 0 &&
               memcmp(one.values, all.values + at, (size_t)n * sizeof(float)) == 0;
        codes_fini(&one);
    }
    ok(same, "%s: a row's bits do not depend on the others", coder_names[mode]);
    codes_fini(&all);
    all = code(mode, K, D, .05, atoms, 0, x);
    is_int(all.rows, 0, "no rows");
    codes_fini(&all);
    mem_free(atoms), mem_free(x);
}

static void test_unit(void) {
    const float states[][3] = {{3, -0.0f, 4}, {-0.0f, 0, 0}, {1e-30f, 0, 0}};
    const float units[][3] = {{0.6f, 0, 0.8f}, {0, 0, 0}, {1, 0, 0}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        float unit[3];
        coder_unit(3, states[i], unit);
        ok(memcmp(unit, units[i], sizeof unit) == 0, "state %zu at length 1", i);
    }
}

int main(void) {
    test_unit();
    for (int mode = 0; mode < CODER_MODES; mode++) {
        test_hand(mode);
        test_together(mode);
    }
    test_conditions();
    test_recursion();
    test_full();
    return tap_done();
}
