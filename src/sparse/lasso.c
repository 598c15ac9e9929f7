/* SPDX-License-Identifier: Apache-2.0 */
/* The non-negative lasso as a quadratic program, by active sets (Lawson and Hanson
 * 1974, "Solving least squares problems", chapter 23; with products made before, Bro
 * and de Jong 1997).  Atoms that would lower the objective join, a few at a time;
 * then the least over those that are in is found by Cholesky's factor, going no
 * further towards it than where one of them is used up, which leaves.  Each round
 * lowers the objective, or the next one takes a single atom, which must; so it ends,
 * and where it ends is the least.
 *
 * Rounds look at candidates alone, whose products with the atoms that are in are copied
 * side by side: reading whole rows of the products, which fit no cache, is most of the
 * work.  The other atoms were further from joining than the candidates.  A move lowers
 * the objective F by at least half the square of its length in the space of vectors,
 * and no gradient rises by more than that length: so where the root of 2 (F - F') is
 * less than what the others lacked, the least over the candidates is the least of
 * all.
 *
 * Products of atoms are of single precision.  A factor's pivot has a floor, so that
 * atoms that are nearly the sum of others do no harm. */
#include "src/sparse/lasso.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "src/base/dispatch.h"
#include "src/base/mem.h"
#include "src/kernels/topk.h"

enum {
    JOIN = 8, /* atoms that may join in a round */
    FEW = 16, /* candidates before any is in, about: what is steep changes then */
    CANDIDATES = 256, /* and after that */
    SAMPLED = 8       /* of so many gradients one says where candidates begin */
};
static const double TOLERANCE = 2e-6, PIVOT = 1e-6;

struct lasso_desk {
    float *gradient;     /* (K) downhill */
    float *sample;       /* (K / SAMPLED) */
    bool *in;            /* (K) */
    int64_t n, m;        /* atoms that are in; candidates */
    double objective;    /* of the code so far, less what it is of none */
    int32_t *atoms;      /* (most) that are in */
    int32_t *slots;      /* (most) their rows of nearby, and those that are free */
    double *values;      /* (most) of the code so far */
    double *least;       /* (most) of the least over these atoms */
    double *target;      /* (most) products less λ */
    double *halfway;     /* (most) the factor's inverse of it */
    double *factor;      /* lower triangle, row after row */
    int32_t *candidates; /* (K) ascending; those that are in are among them */
    float *products;     /* (K) of the vector with candidates */
    float *slopes;       /* (K) gradient at candidates */
    float *nearby;       /* (most,K) products of atoms that are in with candidates */
};

struct lasso_desk *lasso_desk_create(int64_t K, int64_t most) {
    struct lasso_desk *desk = mem_alloc(1, sizeof *desk);
    size_t k = (size_t)K, n = (size_t)most;
    desk->gradient = mem_alloc(k, sizeof(float));
    desk->sample = mem_alloc(k / SAMPLED + 1, sizeof(float));
    desk->in = mem_alloc(k, sizeof(bool));
    desk->atoms = mem_alloc(n, sizeof(int32_t));
    desk->slots = mem_alloc(n, sizeof(int32_t));
    desk->values = mem_alloc(n, sizeof(double));
    desk->least = mem_alloc(n, sizeof(double));
    desk->target = mem_alloc(n, sizeof(double));
    desk->halfway = mem_alloc(n, sizeof(double));
    desk->factor = mem_alloc(n * (n + 1) / 2, sizeof(double));
    desk->candidates = mem_alloc(k, sizeof(int32_t));
    desk->products = mem_alloc(k, sizeof(float));
    desk->slopes = mem_alloc(k, sizeof(float));
    desk->nearby = mem_alloc(n, k * sizeof(float));
    for (int64_t i = 0; i < most; i++)
        desk->slots[i] = (int32_t)i;
    return desk;
}

void lasso_desk_destroy(struct lasso_desk *desk) {
    mem_free(desk->gradient);
    mem_free(desk->sample);
    mem_free(desk->in);
    mem_free(desk->atoms);
    mem_free(desk->slots);
    mem_free(desk->values);
    mem_free(desk->least);
    mem_free(desk->target);
    mem_free(desk->halfway);
    mem_free(desk->factor);
    mem_free(desk->candidates);
    mem_free(desk->products);
    mem_free(desk->slopes);
    mem_free(desk->nearby);
    mem_free(desk);
}

/* ---- gradients ---- */

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

/* Of n atoms: g = products - λ - Σ a_i row_i, with row which[i] of `rows` that of the
 * i-th atom that is in. */
static void make_gradient(const struct lasso *lasso, const struct lasso_desk *desk,
                          int64_t n, const float *products, const float *rows,
                          const int32_t *which, float *g) {
    lasso_begin(n, products, (float)lasso->lambda, g);
    for (int64_t i = 0; i < desk->n; i += 4) {
        const float *four[4];
        float a[4];
        for (int64_t j = 0; j < 4; j++) {
            int64_t at = i + j < desk->n ? i + j : i;
            four[j] = rows + which[at] * lasso->K;
            a[j] = i + j < desk->n ? (float)desk->values[at] : 0;
        }
        lasso_subtract(n, four, a, g);
    }
}

/* ---- candidates ---- */

/* About so many of all gradients are no less than it. */
static float level_of(const struct lasso *lasso, struct lasso_desk *desk,
                      int64_t many) {
    int64_t n = 0, rank;
    if (many >= lasso->K)
        return -INFINITY;
    for (int64_t k = 0; k < lasso->K; k += SAMPLED)
        desk->sample[n++] = desk->gradient[k];
    rank = many * n / lasso->K;
    return topk_least(n, desk->sample, rank > 0 ? rank : 1);
}

/* Makes candidates of the steepest, and of all that are in.  False: none is steep. */
static bool choose(const struct lasso *lasso, struct lasso_desk *desk,
                   const float *products, float level) {
    int64_t m = 0;
    bool steep = false;
    for (int64_t k = 0; k < lasso->K; k++) {
        float g = desk->gradient[k];
        desk->candidates[m] = (int32_t)k;
        desk->products[m] = products[k];
        m += desk->in[k] || g >= level; /* NaN is none */
        steep = steep || (g > (float)TOLERANCE && !desk->in[k]);
    }
    desk->m = m;
    return steep;
}

/* The products of the i-th atom that is in with all candidates. */
static void copy_nearby(const struct lasso *lasso, struct lasso_desk *desk, int64_t i) {
    const float *row = lasso->gram + desk->atoms[i] * lasso->K;
    float *copy = desk->nearby + desk->slots[i] * lasso->K;
    for (int64_t j = 0; j < desk->m; j++)
        copy[j] = row[desk->candidates[j]];
}

/* ---- the factor ---- */

static double *factor_row(const struct lasso_desk *desk, int64_t i) {
    return desk->factor + i * (i + 1) / 2;
}

/* x (n) becomes L⁻¹ x; returns the square of its length. */
KERNEL(lasso_forward, (int64_t n, const double *factor, double *x, double *squares),
       (n, factor, x, squares)) {
    double total = 0;
    for (int64_t i = 0; i < n; factor += ++i) {
        double sum = 0;
#pragma omp simd reduction(+ : sum)
        for (int64_t j = 0; j < i; j++)
            sum += factor[j] * x[j];
        x[i] = (x[i] - sum) / factor[i];
        total += x[i] * x[i];
    }
    *squares = total;
}

/* x (n) becomes L'⁻¹ x. */
KERNEL(lasso_backward, (int64_t n, const double *restrict factor, double *restrict x),
       (n, factor, x)) {
    for (int64_t i = n; i-- > 0;) {
        const double *row = factor + i * (i + 1) / 2;
        double last = x[i] / row[i];
        x[i] = last;
#pragma omp simd
        for (int64_t j = 0; j < i; j++)
            x[j] -= last * row[j];
    }
}

KERNEL(lasso_dot, (int64_t n, const double *a, const double *b, double *sum),
       (n, a, b, sum)) {
    double total = 0;
#pragma omp simd reduction(+ : total)
    for (int64_t i = 0; i < n; i++)
        total += a[i] * b[i];
    *sum = total;
}

/* Row i of the factor, of those before it and the atoms' products; and how far the
 * targets are solved for by it. */
static void factor_make(const struct lasso *lasso, struct lasso_desk *desk, int64_t i) {
    const float *gram = lasso->gram + desk->atoms[i] * lasso->K;
    double *row = factor_row(desk, i), whole = gram[desk->atoms[i]], sum;
    for (int64_t j = 0; j < i; j++) /* far apart in memory: all at once */
        row[j] = gram[desk->atoms[j]];
    lasso_forward(i, desk->factor, row, &sum);
    row[i] = sqrt(fmax(whole - sum, PIVOT * whole));
    lasso_dot(i, row, desk->halfway, &sum);
    desk->halfway[i] = (desk->target[i] - sum) / row[i];
}

/* ---- who joins ---- */

static void join(const struct lasso *lasso, struct lasso_desk *desk,
                 int64_t candidate) {
    int64_t i = desk->n++;
    int32_t atom = desk->candidates[candidate];
    desk->in[atom] = true;
    desk->atoms[i] = atom;
    desk->values[i] = 0;
    desk->target[i] = desk->products[candidate] - lasso->lambda;
    copy_nearby(lasso, desk, i);
    factor_make(lasso, desk, i);
}

/* The steepest candidates that are out, at most so many; returns how many. */
static int64_t steepest(const struct lasso_desk *desk, int64_t most,
                        int64_t which[JOIN]) {
    float best[JOIN], least = (float)TOLERANCE;
    int64_t n = 0;
    if (most == 0)
        return 0;
    for (int64_t c = 0; c < desk->m; c++) {
        float g = desk->slopes[c];
        if (!(g > least) || desk->in[desk->candidates[c]]) /* NaN never joins */
            continue;
        int64_t at = n < most ? n++ : most - 1;
        for (; at > 0 && best[at - 1] < g; at--) {
            best[at] = best[at - 1];
            which[at] = which[at - 1];
        }
        best[at] = g;
        which[at] = c;
        least = n == most ? best[n - 1] : least;
    }
    return n;
}

/* ---- the least over those that are in ---- */

static void find_least(struct lasso_desk *desk) {
    memcpy(desk->least, desk->halfway, (size_t)desk->n * sizeof *desk->least);
    lasso_backward(desk->n, desk->factor, desk->least);
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
        int32_t slot = desk->slots[i];
        desk->slots[i] = desk->slots[kept];
        desk->slots[kept] = slot;
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

/* ---- the least over candidates ---- */

/* False: no lower in double precision. */
static bool descends(const struct lasso *lasso, struct lasso_desk *desk) {
    double before = desk->objective;
    desk->objective = descend(lasso, desk);
    return desk->objective < before - 1e-14 * fabs(before);
}

static void settle(const struct lasso *lasso, struct lasso_desk *desk) {
    int64_t which[JOIN], joining = JOIN;
    for (int64_t i = 0; i < desk->n; i++)
        copy_nearby(lasso, desk, i);
    for (;;) {
        make_gradient(lasso, desk, desk->m, desk->products, desk->nearby, desk->slots,
                      desk->slopes);
        int64_t room = lasso->most - desk->n;
        int64_t n = steepest(desk, joining < room ? joining : room, which);
        for (int64_t i = 0; i < n; i++)
            join(lasso, desk, which[i]);
        bool lower = n > 0 && descends(lasso, desk);
        if (n == 0 || (!lower && joining == 1))
            return;
        joining = lower ? JOIN : 1;
    }
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
    double lower, level;
    desk->n = 0;
    desk->objective = 0;
    memset(desk->in, 0, (size_t)lasso->K * sizeof *desk->in);
    do {
        make_gradient(lasso, desk, lasso->K, products, lasso->gram, desk->atoms,
                      desk->gradient);
        level = level_of(lasso, desk, desk->n > 0 ? desk->n + CANDIDATES : FEW);
        if (!choose(lasso, desk, products, (float)level))
            break;
        lower = desk->objective;
        settle(lasso, desk);
        lower -= desk->objective;
    } while (lower > 1e-14 * fabs(desk->objective) &&
             level + sqrt(2 * lower) > TOLERANCE);
    put_sorted(desk, codes);
}
