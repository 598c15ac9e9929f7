/* SPDX-License-Identifier: Apache-2.0 */
/* AdamW and BERT's Adam: see adamw.h.  Both are, an element at a time,
 *
 *     m = β1 m + (1 - β1) g        w = w - (decay · w + rate · m / (root · √v + ε))
 *     v = β2 v + (1 - β2) g²
 *
 * with g the scaled gradient; they differ in rate and root, where bias correction goes:
 * m̂ = m / (1 - β1ᵗ), v̂ = v / (1 - β2ᵗ).  The decay that a step fixes is the uncorrected
 * rate times weight decay.  What is 1 - something small is taken in double: 1 - 0.999f
 * is wrong in the fifth digit. */
#include "src/optim/adamw.h"

#include <math.h>

#include "src/base/dispatch.h"
#include "src/kernels/parallel.h"

struct adam {
    float beta1, beta2, new1, new2; /* new = 1 - beta */
    float grad_scale, decay, rate, root, epsilon;
};

KERNEL(adam_range,
       (int64_t n, const struct adam *adam, const float *restrict g, float *restrict w,
        float *restrict m, float *restrict v),
       (n, adam, g, w, m, v)) {
    const struct adam a = *adam;
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        float gi = g[i] * a.grad_scale;
        float mi = a.beta1 * m[i] + a.new1 * gi;
        float vi = a.beta2 * v[i] + a.new2 * gi * gi;
        m[i] = mi;
        v[i] = vi;
        w[i] -= a.decay * w[i] + a.rate * mi / (a.root * sqrtf(vi) + a.epsilon);
    }
}

static void adam_update(const struct adam *adam, const struct params *grads,
                        struct params *weights, struct params *m, struct params *v) {
    const struct params_table *table = grads->table;
#pragma omp parallel
    for (int i = 0; i < table->count; i++) {
        const struct tensor *tensor = &table->tensors[i];
        struct range range = parallel_share((int64_t)tensor->count, 16);
        size_t at = tensor->offset + (size_t)range.begin;
        struct adam mine = *adam;
        if (!tensor->decay)
            mine.decay = 0;
        adam_range(range.end - range.begin, &mine, grads->data + at, weights->data + at,
                   m->data + at, v->data + at);
    }
}

/* The numbers of a step without bias correction. */
static struct adam adam_begin(const struct optim_options *options, double rate,
                              float grad_scale) {
    return (struct adam){.beta1 = (float)options->beta1,
                         .beta2 = (float)options->beta2,
                         .new1 = (float)(1 - options->beta1),
                         .new2 = (float)(1 - options->beta2),
                         .grad_scale = grad_scale,
                         .decay = (float)(rate * options->weight_decay),
                         .rate = (float)rate,
                         .root = 1,
                         .epsilon = (float)options->epsilon};
}

void adamw_update(const struct optim_options *options, int64_t step, double rate,
                  float grad_scale, const struct params *grads, struct params *weights,
                  struct params *m, struct params *v) {
    struct adam adam = adam_begin(options, rate, grad_scale);
    adam.rate = (float)(rate / (1 - pow(options->beta1, (double)step)));
    adam.root = (float)(1 / sqrt(1 - pow(options->beta2, (double)step)));
    adam_update(&adam, grads, weights, m, v);
}

void bert_adam_update(const struct optim_options *options, int64_t step, double rate,
                      float grad_scale, const struct params *grads,
                      struct params *weights, struct params *m, struct params *v) {
    (void)step;
    struct adam adam = adam_begin(options, rate, grad_scale);
    adam_update(&adam, grads, weights, m, v);
}
