/* SPDX-License-Identifier: Apache-2.0 */
/* FISTA for a block of vectors: see fista.h.  With D for the atoms as columns,
 *     y += step · D'(x - D y);  a = max(0, y - step · λ);
 *     y = a + (t - 1) / t⁺ · (a - a⁻),  t⁺ = (1 + √(1 + 4 t²)) / 2
 *
 * a and y are kept in double precision: what a step rounds off, the momentum of all
 * later ones would carry on.  Products are of single precision: their rounding is
 * multiplied by the step, which is small.  (The published program has all in single
 * precision, and is further from the recursion than this.) */
#include "src/sparse/fista.h"

#include <math.h>
#include <string.h>

#include "src/base/dispatch.h"
#include "src/base/mem.h"

enum { EIGEN_STEPS = 10000 };

struct fista_desk {
    double *a, *y;  /* (rows,K) */
    float *rounded; /* (rows,K) y, for the product */
    float *slope;   /* (rows,K) D'r */
    float *r;       /* (rows,d) */
};

struct fista_desk *fista_desk_create(int64_t K, int64_t d, int64_t rows) {
    struct fista_desk *desk = mem_alloc(1, sizeof *desk);
    desk->a = mem_alloc((size_t)(rows * K), sizeof(double));
    desk->y = mem_alloc((size_t)(rows * K), sizeof(double));
    desk->rounded = mem_alloc((size_t)(rows * K), sizeof(float));
    desk->slope = mem_alloc((size_t)(rows * K), sizeof(float));
    desk->r = mem_alloc((size_t)(rows * d), sizeof(float));
    return desk;
}

void fista_desk_destroy(struct fista_desk *desk) {
    mem_free(desk->a);
    mem_free(desk->y);
    mem_free(desk->rounded);
    mem_free(desk->slope);
    mem_free(desk->r);
    mem_free(desk);
}

/* ---- the step: power iteration on D D' (d,d), by D alone ---- */

/* w = D D' v; returns v'w of a v of length 1. */
static double multiply(int64_t K, int64_t d, const float *atoms, const double *v,
                       double *w) {
    double product = 0;
    memset(w, 0, (size_t)d * sizeof *w);
    for (int64_t k = 0; k < K; k++, atoms += d) {
        double u = 0;
        for (int64_t i = 0; i < d; i++)
            u += atoms[i] * v[i];
        for (int64_t i = 0; i < d; i++)
            w[i] += u * atoms[i];
        product += u * u;
    }
    return product;
}

static void make_unit(int64_t d, double *v) {
    double squares = 0;
    for (int64_t i = 0; i < d; i++)
        squares += v[i] * v[i];
    for (int64_t i = 0; i < d && squares > 0; i++)
        v[i] /= sqrt(squares);
}

double fista_step(int64_t K, int64_t d, const float *atoms) {
    double *v = mem_alloc((size_t)d, sizeof *v), *w = mem_alloc((size_t)d, sizeof *w);
    double largest = 0, before = -1;
    for (int64_t i = 0; i < d; i++) /* not at a right angle to anything likely */
        v[i] = 1 + fmod(0.618033988749895 * (double)i, 1);
    for (int i = 0; i < EIGEN_STEPS && fabs(largest - before) > 1e-10 * largest; i++) {
        make_unit(d, v);
        before = largest;
        largest = multiply(K, d, atoms, v, w);
        memcpy(v, w, (size_t)d * sizeof *v);
    }
    mem_free(v);
    mem_free(w);
    return largest > 0 ? 1 / largest : 1;
}

/* ---- the recursion ---- */

KERNEL(fista_residual, (int64_t n, const float *x, float *r), (n, x, r)) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++)
        r[i] = x[i] - r[i];
}

KERNEL(fista_move,
       (int64_t n, double step, double shrink, double momentum,
        const float *restrict slope, double *restrict y, double *restrict a,
        float *restrict rounded),
       (n, step, shrink, momentum, slope, y, a, rounded)) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        double moved = y[i] + step * slope[i] - shrink, old = a[i];
        a[i] = moved > 0 ? moved : 0;
        y[i] = a[i] + momentum * (a[i] - old);
        rounded[i] = (float)y[i];
    }
}

static void put_rows(const struct fista *f, const double *a, int64_t n,
                     struct codes *codes) {
    for (int64_t i = 0; i < n; i++, a += f->K) {
        for (int64_t k = 0; k < f->K; k++)
            if ((float)a[k] > 0)
                codes_put(codes, (int32_t)k, (float)a[k]);
        codes_end_row(codes);
    }
}

void fista_solve(const struct fista *f, struct fista_desk *desk, int64_t n,
                 const float *x, struct codes *codes) {
    double next = 1;
    memset(desk->a, 0, (size_t)(n * f->K) * sizeof *desk->a);
    memset(desk->y, 0, (size_t)(n * f->K) * sizeof *desk->y);
    memset(desk->rounded, 0, (size_t)(n * f->K) * sizeof *desk->rounded);
    for (int i = 0; i < FISTA_STEPS; i++) {
        double t = next;
        next = (1 + sqrt(1 + 4 * t * t)) / 2;
        gemm_rows(n, matrix_f32(desk->rounded, f->K), &f->down, false,
                  matrix_f32(desk->r, f->d));
        fista_residual(n * f->d, x, desk->r);
        gemm_rows(n, matrix_f32(desk->r, f->d), &f->back, false,
                  matrix_f32(desk->slope, f->K));
        fista_move(n * f->K, f->step, f->step * f->lambda, (t - 1) / next, desk->slope,
                   desk->y, desk->a, desk->rounded);
    }
    put_rows(f, desk->a, n, codes);
}
