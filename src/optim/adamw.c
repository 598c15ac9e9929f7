/* SPDX-License-Identifier: Apache-2.0 */
/* AdamW and BERT's Adam: see adamw.h.  Both are, an element at a time,
 *
 *     m = β1 m + (1 - β1) g        w = w - (decay · w + rate · m / (root · √v + ε))
 *     v = β2 v + (1 - β2) g²
 *
 * with g the scaled gradient; they differ in rate and root, where bias correction goes:
 * m̂ = m / (1 - β1ᵗ), v̂ = v / (1 - β2ᵗ).  The decay that a step fixes is the
 * uncorrected rate times weight decay.  What is 1 - something small is taken in double:
 * 1 - 0.999f is wrong in the fifth digit.
 *
 * All of it is bound by memory: each block passes once, and gradients are cleared on
 * the way. */
#include "src/optim/adamw.h"

#include <math.h>

#include "src/base/dispatch.h"
#include "src/kernels/parallel.h"

struct adam {
    float beta1, beta2, new1, new2; /* new = 1 - beta */
    float grad_scale, decay, rate, root, epsilon;
};

KERNEL(adam_range,
       (int64_t n, const struct adam *adam, float *restrict g, float *restrict w,
        float *restrict m, float *restrict v),
       (n, adam, g, w, m, v)) {
    const struct adam a = *adam;
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        float gi = g[i] * a.grad_scale;
        float mi = a.beta1 * m[i] + a.new1 * gi;
        float vi = a.beta2 * v[i] + a.new2 * gi * gi;
        g[i] = 0;
        m[i] = mi;
        v[i] = vi;
        w[i] -= a.decay * w[i] + a.rate * mi / (a.root * sqrtf(vi) + a.epsilon);
    }
}

/* Where the tensors end that move as tensor *i does and follow it; *i is the next then.
 */
static size_t alike_until(const struct params_table *table, int *i) {
    const struct tensor *first = &table->tensors[*i], *t = first;
    while (*i < table->count && t->decay == first->decay && t->rate == first->rate)
        t = &table->tensors[++*i];
    return *i < table->count ? table->tensors[*i].offset : table->total;
}

/* Of one tensor: its own rate, and its decay. */
static struct adam adam_of(const struct adam *adam, const struct tensor *t) {
    struct adam mine = *adam;
    mine.rate = adam->rate * t->rate;
    mine.decay = t->decay ? adam->decay * t->rate : 0;
    return mine;
}

/* Elements [begin, end) of the table, stretch by stretch of tensors that move alike. */
static void adam_stretches(const struct adam *adam, const struct params_table *table,
                           const struct optim_part *run, size_t begin, size_t end) {
    int i = params_at(table, begin);
    while (begin < end) {
        const struct adam mine = adam_of(adam, &table->tensors[i]);
        size_t until = alike_until(table, &i), at = begin - run->span.offset;
        until = until < end ? until : end;
        adam_range((int64_t)(until - begin), &mine, run->grads + at, run->weights + at,
                   run->moments[0] + at, run->moments[1] + at);
        begin = until;
    }
}

static void adam_update(const struct adam *adam, const struct params_table *table,
                        const struct optim_part *run) {
    int64_t n = (int64_t)run->span.count;
    if (n == 0)
        return;
#pragma omp parallel if (n >= PARALLEL_MIN)
    {
        struct range range = parallel_share(n, 16);
        size_t first = run->span.offset;
        adam_stretches(adam, table, run, first + (size_t)range.begin,
                       first + (size_t)range.end);
    }
}

/* The numbers of a step without bias correction. */
static struct adam adam_begin(const struct optim_options *options,
                              const struct optim_step *step) {
    return (struct adam){.beta1 = (float)options->beta1,
                         .beta2 = (float)options->beta2,
                         .new1 = (float)(1 - options->beta1),
                         .new2 = (float)(1 - options->beta2),
                         .grad_scale = step->grad_scale,
                         .decay = (float)(step->rate * options->weight_decay),
                         .rate = (float)step->rate,
                         .root = 1,
                         .epsilon = (float)options->epsilon};
}

void adamw_update(const struct optim_options *options, const struct optim_step *step,
                  const struct params_table *table, const struct optim_part *run) {
    struct adam adam = adam_begin(options, step);
    double t = (double)step->number;
    adam.rate = (float)(step->rate / (1 - pow(options->beta1, t)));
    adam.root = (float)(1 / sqrt(1 - pow(options->beta2, t)));
    adam_update(&adam, table, run);
}

void bert_adam_update(const struct optim_options *options,
                      const struct optim_step *step, const struct params_table *table,
                      const struct optim_part *run) {
    struct adam adam = adam_begin(options, step);
    adam_update(&adam, table, run);
}
