/* SPDX-License-Identifier: Apache-2.0 */
/* Muon: see muon.h.  The orthogonal matrix nearest to D = U S Vᵀ is U Vᵀ.  Five steps
 * of a polynomial of Newton and Schulz, X = a X + (b A + c A²) X with A = X Xᵀ, bring
 * all singular values of D / |D| near 1.  X lies with its short side first, so that A
 * is small.
 *
 * Products share out rows of what they write; our own kernels sum each element in the
 * same order however that is done. */
#include "src/optim/muon.h"

#include <math.h>
#include <string.h>

#include "src/kernels/gemm.h"
#include "src/kernels/parallel.h"
#include "src/kernels/vec.h"
#include "src/optim/adamw.h"

enum { STEPS = 5 };

static const float a = 3.4445f, b = -4.7750f, c = 2.0315f;
static const double least_norm = 1e-7;

/* A matrix on its way to an orthogonal one; rows <= columns. */
struct work {
    int64_t rows, columns;
    float *x, *next;       /* (rows, columns) */
    float *gram, *polynom; /* (rows, rows) */
};

static struct work work_on(const struct tensor *t, float *scratch) {
    int64_t r = t->shape[0], k = t->shape[1];
    struct work w = {.rows = r < k ? r : k, .columns = r < k ? k : r, .x = scratch};
    w.next = w.x + t->count;
    w.gram = w.next + t->count;
    w.polynom = w.gram + w.rows * w.rows;
    return w;
}

size_t muon_scratch(const struct params_table *table) {
    size_t most = 0;
    for (int i = 0; i < table->count; i++) {
        const struct tensor *t = &table->tensors[i];
        if (!t->hidden)
            continue;
        const struct work w = work_on(t, NULL);
        size_t need = 2 * (t->count + (size_t)(w.rows * w.rows));
        most = need > most ? need : most;
    }
    return most;
}

/* C (m, n) = A (m, k) · op(B), written or added, by all threads. */
static void product(enum gemm_op op, int64_t m, int64_t n, int64_t k, const float *left,
                    const float *right, bool add, float *out) {
#pragma omp parallel if (m * n >= PARALLEL_MIN)
    {
        struct range r = parallel_share(m, 1);
        if (r.end > r.begin)
            gemm(GEMM_N, op, r.end - r.begin, n, k, matrix_f32(left + r.begin * k, k),
                 matrix_f32(right, op == GEMM_T ? k : n), add,
                 matrix_f32(out + r.begin * n, n));
    }
}

/* One step: X into next. */
static void newton_schulz(const struct work *w) {
    int64_t r = w->rows, k = w->columns;
    product(GEMM_T, r, r, k, w->x, w->x, false, w->gram);
    product(GEMM_N, r, r, r, w->gram, w->gram, false, w->polynom);
#pragma omp parallel for simd if (r * r >= PARALLEL_MIN)
    for (int64_t i = 0; i < r * r; i++)
        w->polynom[i] = b * w->gram[i] + c * w->polynom[i];
#pragma omp parallel for simd if (r * k >= PARALLEL_MIN)
    for (int64_t i = 0; i < r * k; i++)
        w->next[i] = a * w->x[i];
    product(GEMM_N, r, k, r, w->polynom, w->x, true, w->next);
}

static void orthogonalize(struct work *w) {
    int64_t n = w->rows * w->columns;
    double norm = sqrt(vec_sum_squares(n, w->x));
    float scale = (float)(1 / (norm > least_norm ? norm : least_norm));
#pragma omp parallel for simd if (n >= PARALLEL_MIN)
    for (int64_t i = 0; i < n; i++)
        w->x[i] *= scale;
    for (int step = 0; step < STEPS; step++) {
        newton_schulz(w);
        float *x = w->next;
        w->next = w->x;
        w->x = x;
    }
}

/* Where element (i, j) of the tensor lies in x. */
static inline int64_t place(const struct work *w, bool flipped, int64_t i, int64_t j) {
    return flipped ? j * w->columns + i : i * w->columns + j;
}

/* Moves the momentum, puts the direction into x, clears the gradient. */
static void direct(const struct work *w, const struct tensor *t, float momentum,
                   float grad_scale, float *g, float *m) {
    int64_t rows = t->shape[0], columns = t->shape[1];
    bool flipped = rows > columns;
#pragma omp parallel for if (rows * columns >= PARALLEL_MIN)
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < columns; j++) {
            int64_t at = i * columns + j;
            float gi = g[at] * grad_scale;
            m[at] = momentum * m[at] + (1 - momentum) * gi;
            w->x[place(w, flipped, i, j)] = momentum * m[at] + (1 - momentum) * gi;
            g[at] = 0;
        }
}

static void move(const struct work *w, const struct tensor *t, float keep, float rate,
                 float *weights) {
    int64_t rows = t->shape[0], columns = t->shape[1];
    bool flipped = rows > columns;
#pragma omp parallel for if (rows * columns >= PARALLEL_MIN)
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < columns; j++) {
            float *weight = &weights[i * columns + j];
            *weight = keep * *weight - rate * w->x[place(w, flipped, i, j)];
        }
}

static void update_matrix(const struct optim_options *options,
                          const struct optim_step *step, const struct tensor *t,
                          const struct optim_part *run) {
    struct work w = work_on(t, run->scratch);
    double longer = (double)w.columns, rate = step->rate * t->rate;
    direct(&w, t, (float)options->momentum, step->grad_scale, run->grads,
           run->moments[0]);
    orthogonalize(&w);
    move(&w, t, (float)(1 - rate * options->weight_decay),
         (float)(rate * 0.2 * sqrt(longer)), run->weights);
}

/* Elements of the run from `at` on that lie in one matrix, or in no matrix. */
static size_t stretch_at(const struct params_table *table, const struct optim_part *run,
                         size_t at, const struct tensor **matrix) {
    size_t begin = run->span.offset + at, end = run->span.offset + run->span.count;
    int i = params_at(table, begin);
    const struct tensor *t = &table->tensors[i];
    *matrix = t->hidden ? t : NULL;
    if (*matrix)
        return t->count;
    while (i < table->count && !table->tensors[i].hidden)
        i++;
    size_t until = i < table->count ? table->tensors[i].offset : table->total;
    return (until < end ? until : end) - begin;
}

/* A matrix has the momentum, any other tensor adamw's two. */
void muon_update(const struct optim_options *options, const struct optim_step *step,
                 const struct params_table *table, const struct optim_part *run) {
    float *momentum = run->moments[0], *m = run->moments[1], *v = run->moments[2];
    for (size_t at = 0, n; at < run->span.count; at += n) {
        const struct tensor *matrix;
        n = stretch_at(table, run, at, &matrix);
        struct optim_part part = {.span = {run->span.offset + at, n},
                                  .grads = run->grads + at,
                                  .weights = run->weights + at,
                                  .scratch = run->scratch};
        if (matrix) {
            part.moments[0] = momentum;
            update_matrix(options, step, matrix, &part);
            momentum += n;
        } else {
            part.moments[0] = m, part.moments[1] = v;
            adamw_update(options, step, table, &part);
            m += n, v += n;
        }
    }
}
