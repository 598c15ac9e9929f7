/* SPDX-License-Identifier: Apache-2.0 */
/* The non-negative lasso as a quadratic program, by active sets (Lawson and Hanson
 * 1974, "Solving least squares problems", chapter 23; with products made before, Bro
 * and de Jong 1997).  Atoms that would lower the objective join, a few at a time;
 * then the least over those that are in is found by Cholesky's factor, going no
 * further towards it than where one of them is used up, which leaves.  Each round
 * lowers the objective, or the next one takes a single atom, which must; so it ends,
 * and where it ends is the least.
 *
 * Products of atoms are of single precision.  A factor's pivot has a floor, so that
 * atoms that are nearly the sum of others do no harm. */
#include "src/sparse/lasso.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "src/base/dispatch.h"
#include "src/base/mem.h"

enum { JOIN = 8 }; /* atoms that may join in a round */
static const double TOLERANCE = 2e-6, PIVOT = 1e-6;

struct lasso_desk {
    float *gradient; /* (K) downhill */
    bool *in;        /* (K) */
    int64_t n;       /* atoms that are in, these: */
    int32_t *atoms;  /* (most) */
    double *values;  /* (most) of the code so far */
    double *least;   /* (most) of the least over these atoms */
    double *target;  /* (most) products less λ */
    double *halfway; /* (most) the factor's inverse of it */
    double *factor;  /* lower triangle, row after row */
};

struct lasso_desk *lasso_desk_create(int64_t K, int64_t most) {
    struct lasso_desk *desk = mem_alloc(1, sizeof *desk);
    size_t n = (size_t)most;
    desk->gradient = mem_alloc((size_t)K, sizeof(float));
    desk->in = mem_alloc((size_t)K, sizeof(bool));
    desk->atoms = mem_alloc(n, sizeof(int32_t));
    desk->values = mem_alloc(n, sizeof(double));
    desk->least = mem_alloc(n, sizeof(double));
    desk->target = mem_alloc(n, sizeof(double));
    desk->halfway = mem_alloc(n, sizeof(double));
    desk->factor = mem_alloc(n * (n + 1) / 2, sizeof(double));
    return desk;
}

void lasso_desk_destroy(struct lasso_desk *desk) {
    mem_free(desk->gradient);
    mem_free(desk->in);
    mem_free(desk->atoms);
    mem_free(desk->values);
    mem_free(desk->least);
    mem_free(desk->target);
    mem_free(desk->halfway);
    mem_free(desk->factor);
    mem_free(desk);
}

/* ---- the gradient, of all atoms ---- */

KERNEL(lasso_begin, (int64_t n, const float *x, float lambda, float *g),
       (n, x, lambda, g)) {
#pragma omp simd
    for (int64_t k = 0; k < n; k++)
        g[k] = x[k] - lambda;
}

/* Four rows of the products at a time: the gradient is touched a fourth as often. */
KERNEL(lasso_subtract,
       (int64_t n, const float *const rows[4], const float a[4], float *restrict g),
       (n, rows, a, g)) {
    const float *r0 = rows[0], *r1 = rows[1], *r2 = rows[2], *r3 = rows[3];
    float a0 = a[0], a1 = a[1], a2 = a[2], a3 = a[3];
#pragma omp simd
    for (int64_t k = 0; k < n; k++)
        g[k] -= (a0 * r0[k] + a1 * r1[k]) + (a2 * r2[k] + a3 * r3[k]);
}

static void make_gradient(const struct lasso *lasso, struct lasso_desk *desk,
                          const float *products) {
    lasso_begin(lasso->K, products, (float)lasso->lambda, desk->gradient);
    for (int64_t i = 0; i < desk->n; i += 4) {
        const float *rows[4];
        float a[4];
        for (int64_t j = 0; j < 4; j++) {
            int64_t at = i + j < desk->n ? i + j : i;
            rows[j] = lasso->gram + desk->atoms[at] * lasso->K;
            a[j] = i + j < desk->n ? (float)desk->values[at] : 0;
        }
        lasso_subtract(lasso->K, rows, a, desk->gradient);
    }
}

/* ---- the factor ---- */

KERNEL(lasso_dot, (int64_t n, const double *a, const double *b, double *sum),
       (n, a, b, sum)) {
    double total = 0;
#pragma omp simd reduction(+ : total)
    for (int64_t i = 0; i < n; i++)
        total += a[i] * b[i];
    *sum = total;
}

/* y -= a x */
KERNEL(lasso_reduce,
       (int64_t n, double a, const double *restrict x, double *restrict y),
       (n, a, x, y)) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++)
        y[i] -= a * x[i];
}

static double *factor_row(const struct lasso_desk *desk, int64_t i) {
    return desk->factor + i * (i + 1) / 2;
}

/* Row i of the factor, of those before it and the atoms' products; and how far the
 * targets are solved for by it. */
static void factor_make(const struct lasso *lasso, struct lasso_desk *desk, int64_t i) {
    const float *gram = lasso->gram + desk->atoms[i] * lasso->K;
    double *row = factor_row(desk, i), whole = gram[desk->atoms[i]], sum;
    for (int64_t j = 0; j < i; j++) /* far apart in memory: all at once */
        row[j] = gram[desk->atoms[j]];
    for (int64_t j = 0; j < i; j++) {
        const double *other = factor_row(desk, j);
        lasso_dot(j, row, other, &sum);
        row[j] = (row[j] - sum) / other[j];
    }
    lasso_dot(i, row, row, &sum);
    row[i] = sqrt(fmax(whole - sum, PIVOT * whole));
    lasso_dot(i, row, desk->halfway, &sum);
    desk->halfway[i] = (desk->target[i] - sum) / row[i];
}

/* ---- who joins ---- */

static void join(const struct lasso *lasso, struct lasso_desk *desk, int32_t atom,
                 float product) {
    int64_t i = desk->n++;
    desk->in[atom] = true;
    desk->atoms[i] = atom;
    desk->values[i] = 0;
    desk->target[i] = product - lasso->lambda;
    factor_make(lasso, desk, i);
}

/* The steepest of those that are out, at most so many; returns how many. */
static int64_t steepest(const struct lasso *lasso, const struct lasso_desk *desk,
                        int64_t most, int32_t *atoms) {
    float best[JOIN], least = (float)TOLERANCE;
    int64_t n = 0;
    if (most == 0)
        return 0;
    for (int64_t k = 0; k < lasso->K; k++) {
        float g = desk->gradient[k];
        if (!(g > least) || desk->in[k]) /* NaN never joins */
            continue;
        int64_t at = n < most ? n++ : most - 1;
        for (; at > 0 && best[at - 1] < g; at--) {
            best[at] = best[at - 1];
            atoms[at] = atoms[at - 1];
        }
        best[at] = g;
        atoms[at] = (int32_t)k;
        least = n == most ? best[n - 1] : least;
    }
    return n;
}

/* ---- the least over those that are in ---- */

static void find_least(struct lasso_desk *desk) {
    double *z = desk->least;
    memcpy(z, desk->halfway, (size_t)desk->n * sizeof *z);
    for (int64_t i = desk->n; i-- > 0;) {
        const double *row = factor_row(desk, i);
        z[i] /= row[i];
        lasso_reduce(i, z[i], row, z);
    }
}

/* How far one can go towards the least before atom i is used up; more than 1 if it is
 * not. */
static double room_of(const struct lasso_desk *desk, int64_t i) {
    double have = desk->values[i], end = desk->least[i];
    if (end > 0)
        return 2;
    return have > 0 ? have / (have - end) : 0;
}

/* Goes that far; those that are used up leave. */
static void leave(const struct lasso *lasso, struct lasso_desk *desk, double step) {
    int64_t kept = 0, first = desk->n;
    for (int64_t i = 0; i < desk->n; i++) {
        if (room_of(desk, i) <= step) {
            first = first < i ? first : i;
            desk->in[desk->atoms[i]] = false;
            continue;
        }
        desk->values[kept] =
            desk->values[i] + step * (desk->least[i] - desk->values[i]);
        desk->atoms[kept] = desk->atoms[i];
        desk->target[kept++] = desk->target[i];
    }
    desk->n = kept;
    for (int64_t i = first; i < kept; i++)
        factor_make(lasso, desk, i);
}

/* To the least over those that stay; returns the objective there. */
static double descend(const struct lasso *lasso, struct lasso_desk *desk) {
    double step, objective = 0;
    do {
        step = 2;
        find_least(desk);
        for (int64_t i = 0; i < desk->n; i++)
            step = fmin(step, room_of(desk, i));
        if (step <= 1)
            leave(lasso, desk, step);
    } while (step <= 1);
    for (int64_t i = 0; i < desk->n; i++) {
        desk->values[i] = desk->least[i];
        objective -= desk->target[i] * desk->values[i] / 2;
    }
    return objective;
}

/* ---- all of it ---- */

static void put_sorted(struct lasso_desk *desk, struct codes *codes) {
    for (int64_t i = 1; i < desk->n; i++) {
        int32_t atom = desk->atoms[i];
        double value = desk->values[i];
        int64_t at = i;
        for (; at > 0 && desk->atoms[at - 1] > atom; at--) {
            desk->atoms[at] = desk->atoms[at - 1];
            desk->values[at] = desk->values[at - 1];
        }
        desk->atoms[at] = atom;
        desk->values[at] = value;
    }
    for (int64_t i = 0; i < desk->n; i++)
        codes_put(codes, desk->atoms[i], (float)desk->values[i]);
    codes_end_row(codes);
}

void lasso_solve(const struct lasso *lasso, struct lasso_desk *desk,
                 const float *products, struct codes *codes) {
    int32_t atoms[JOIN];
    double objective = 0;
    int64_t joining = JOIN;
    desk->n = 0;
    memset(desk->in, 0, (size_t)lasso->K * sizeof *desk->in);
    for (;;) {
        make_gradient(lasso, desk, products);
        int64_t room = lasso->most - desk->n;
        int64_t n = steepest(lasso, desk, joining < room ? joining : room, atoms);
        if (n == 0)
            break;
        for (int64_t i = 0; i < n; i++)
            join(lasso, desk, atoms[i], products[atoms[i]]);
        double before = objective;
        objective = descend(lasso, desk);
        bool lower = objective < before - 1e-14 * fabs(before);
        if (!lower && joining == 1)
            break; /* no lower in double precision */
        joining = lower ? JOIN : 1;
    }
    put_sorted(desk, codes);
}
