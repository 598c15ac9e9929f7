/* SPDX-License-Identifier: Apache-2.0 */
/* LAMB: see lamb.h.  The first pass moves the moments, leaves the direction u where the
 * gradient was, and adds up |w|² and |u|² of each tensor that has a ratio; where those
 * sums are 0, for whatever reason, the ratio is 1.  The second pass moves the weights.
 */
#include "src/optim/lamb.h"

#include <math.h>

#include "src/base/dispatch.h"
#include "src/kernels/parallel.h"
#include "src/kernels/vec.h"

enum { WEIGHTS, DIRECTION }; /* whose sums of squares */

struct lamb {
    float beta1, beta2, new1, new2;                /* new = 1 - beta */
    float grad_scale, decay, first, root, epsilon; /* m̂ = first · m, √v̂ = root · √v */
};

KERNEL(lamb_direct,
       (int64_t n, const struct lamb *lamb, const float *restrict w, float *restrict g,
        float *restrict m, float *restrict v),
       (n, lamb, w, g, m, v)) {
    const struct lamb a = *lamb;
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        float gi = g[i] * a.grad_scale;
        float mi = a.beta1 * m[i] + a.new1 * gi;
        float vi = a.beta2 * v[i] + a.new2 * gi * gi;
        m[i] = mi;
        v[i] = vi;
        g[i] = a.first * mi / (a.root * sqrtf(vi) + a.epsilon) + a.decay * w[i];
    }
}

KERNEL(lamb_move, (int64_t n, float rate, float *restrict g, float *restrict w),
       (n, rate, g, w)) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        w[i] -= rate * g[i];
        g[i] = 0;
    }
}

/* What a run has of a tensor. */
struct part {
    int tensor;
    size_t at; /* its first element, counted from the run's */
    int64_t n;
};

/* The part that begins at element `at` of the run. */
static struct part part_at(const struct params_table *table,
                           const struct optim_part *run, size_t at) {
    int i = params_at(table, run->span.offset + at);
    size_t end = table->tensors[i].offset + table->tensors[i].count - run->span.offset;
    end = end < run->span.count ? end : run->span.count;
    return (struct part){i, at, (int64_t)(end - at)};
}

static void direct(const struct lamb *lamb, const struct optim_part *run,
                   struct part p) {
#pragma omp parallel if (p.n >= PARALLEL_MIN)
    {
        struct range r = parallel_share(p.n, 16);
        size_t at = p.at + (size_t)r.begin;
        lamb_direct(r.end - r.begin, lamb, run->weights + at, run->grads + at,
                    run->moments[0] + at, run->moments[1] + at);
    }
}

static void measure(const struct lamb *lamb, bool adapt,
                    const struct params_table *table, const struct optim_part *run) {
    struct part p;
    for (size_t at = 0; at < run->span.count; at += (size_t)p.n) {
        p = part_at(table, run, at);
        bool decay = table->tensors[p.tensor].decay;
        struct lamb mine = *lamb;
        mine.decay = decay ? lamb->decay : 0;
        direct(&mine, run, p);
        if (!decay || !adapt)
            continue;
        run->sums[p.tensor][WEIGHTS] += vec_sum_squares(p.n, run->weights + at);
        run->sums[p.tensor][DIRECTION] += vec_sum_squares(p.n, run->grads + at);
    }
}

static struct lamb lamb_begin(const struct optim_options *options,
                              const struct optim_step *step) {
    return (struct lamb){.beta1 = (float)options->beta1,
                         .beta2 = (float)options->beta2,
                         .new1 = (float)(1 - options->beta1),
                         .new2 = (float)(1 - options->beta2),
                         .grad_scale = step->grad_scale,
                         .decay = (float)options->weight_decay,
                         .first = 1,
                         .root = 1,
                         .epsilon = (float)options->epsilon};
}

static struct lamb lamb_begin_corrected(const struct optim_options *options,
                                        const struct optim_step *step) {
    struct lamb lamb = lamb_begin(options, step);
    double t = (double)step->number;
    lamb.first = (float)(1 / (1 - pow(options->beta1, t)));
    lamb.root = (float)(1 / sqrt(1 - pow(options->beta2, t)));
    return lamb;
}

void lamb_albert_measure(const struct optim_options *options,
                         const struct optim_step *step,
                         const struct params_table *table,
                         const struct optim_part *run) {
    const struct lamb lamb = lamb_begin(options, step);
    measure(&lamb, true, table, run);
}

void lamb_ltg_measure(const struct optim_options *options,
                      const struct optim_step *step, const struct params_table *table,
                      const struct optim_part *run) {
    const struct lamb lamb = lamb_begin_corrected(options, step);
    measure(&lamb, options->weight_decay > 0, table, run);
}

void lamb_nvidia_measure(const struct optim_options *options,
                         const struct optim_step *step,
                         const struct params_table *table,
                         const struct optim_part *run) {
    struct lamb lamb = lamb_begin_corrected(options, step);
    double norm = step->grad_norm * (double)step->grad_scale;
    lamb.grad_scale = (float)((double)step->grad_scale / (norm > 1 ? norm : 1));
    measure(&lamb, options->weight_decay > 0, table, run);
}

static double ratio_of(const double sums[OPTIM_SUMS]) {
    bool known = sums[WEIGHTS] > 0 && sums[DIRECTION] > 0;
    return known ? sqrt(sums[WEIGHTS] / sums[DIRECTION]) : 1;
}

void lamb_update(const struct optim_options *options, const struct optim_step *step,
                 const struct params_table *table, const struct optim_part *run) {
    (void)options;
    struct part p;
    for (size_t at = 0; at < run->span.count; at += (size_t)p.n) {
        p = part_at(table, run, at);
        double own = step->rate * table->tensors[p.tensor].rate;
        float rate = (float)(own * ratio_of(run->sums[p.tensor]));
#pragma omp parallel if (p.n >= PARALLEL_MIN)
        {
            struct range r = parallel_share(p.n, 16);
            size_t first = at + (size_t)r.begin;
            lamb_move(r.end - r.begin, rate, run->grads + first, run->weights + first);
        }
    }
}
