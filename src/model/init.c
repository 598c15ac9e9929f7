/* SPDX-License-Identifier: Apache-2.0 */
/* First weights, as each tensor's row says; normal ones as google-research/bert, cut at
 * two deviations (what falls outside is drawn again: TensorFlow's truncated_normal).
 * Each tensor is a sequence of random numbers of its own, so threads may share the
 * work. */
#include "src/kernels/normal.h"
#include "src/model/bert.h"

static void fill_tensor(struct params *weights, int index, uint64_t seed,
                        double range) {
    const struct tensor *tensor = &weights->table->tensors[index];
    float *x = weights->data + tensor->offset;
    if (tensor->first == FIRST_NORMAL) {
        struct rng rng;
        rng_init(&rng, seed, RNG_INIT, (uint64_t)index, 0);
        normal_cut(&rng, tensor->count, range, x);
        return;
    }
    float value = tensor->first == FIRST_ONE ? 1.0f : 0.0f;
    for (size_t i = 0; i < tensor->count; i++)
        x[i] = value;
}

void model_init(struct params *weights, uint64_t seed, double range) {
#pragma omp parallel for schedule(dynamic)
    for (int i = 0; i < weights->table->count; i++)
        fill_tensor(weights, i, seed, range);
}
