/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: first weights are a function of seed and tensor alone, matrices have the
 * deviation of a normal distribution cut at two (0.8796 of the uncut), nothing lies
 * beyond the cut, biases are 0 and LayerNorm is the identity. */
#include <math.h>
#include <omp.h>
#include <string.h>

#include "src/model/bert.h"
#include "tests/tap.h"
#include "tests/toy.h"

static struct params_table table;

static void test_matrix(const struct tensor *tensor, const float *x, double range) {
    double sum = 0, squares = 0, largest = 0, n = (double)tensor->count;
    for (size_t i = 0; i < tensor->count; i++) {
        sum += x[i];
        squares += (double)x[i] * x[i];
        largest = fmax(largest, fabs((double)x[i]));
    }
    double deviation = sqrt(squares / n), wanted = 0.87963 * range;
    ok(largest <= 2 * range * (1 + 1e-7), "%s: nothing beyond two deviations",
       tensor->name);
    ok(fabs(sum / n) < 4 * wanted / sqrt(n), "%s: mean 0", tensor->name);
    ok(fabs(deviation / wanted - 1) < 4 / sqrt(n), "%s: deviation %.5f", tensor->name,
       deviation);
}

static void test_vector(const struct tensor *tensor, const float *x) {
    float wanted = strstr(tensor->name, "LayerNorm.weight") ? 1.0f : 0.0f;
    bool all = true;
    for (size_t i = 0; i < tensor->count; i++)
        all = all && x[i] == wanted;
    ok(all, "%s: %g", tensor->name, (double)wanted);
}

static void test_seeds(const struct params *weights) {
    struct params other;
    params_init(&other, &table);
    omp_set_num_threads(2);
    model_init(&other, 7, 0.02);
    ok(memcmp(other.data, weights->data, table.total * sizeof *other.data) == 0,
       "the same seed, the same bits, for any threads");
    model_init(&other, 8, 0.02);
    ok(memcmp(other.data, weights->data, 64 * sizeof *other.data) != 0, "another seed");
    params_fini(&other);
    const struct tensor *q = params_find(&table, "bert.pooler.dense.weight");
    ok(memcmp(weights->data + q->offset, weights->data, 64 * sizeof(float)) != 0,
       "another tensor");
}

int main(void) {
    struct shape shape = {
        .L = 1, .H = 64, .E = 64, .A = 2, .D = 32, .F = 96, .V = 500, .P = 40, .S = 2};
    struct params weights;
    model_layout(&table, &shape, TOY_PAIRS);
    params_init(&weights, &table);
    omp_set_num_threads(1);
    model_init(&weights, 7, 0.02);
    for (int i = 0; i < table.count; i++) {
        const struct tensor *tensor = &table.tensors[i];
        if (tensor->rank == 2)
            test_matrix(tensor, weights.data + tensor->offset, 0.02);
        else
            test_vector(tensor, weights.data + tensor->offset);
    }
    test_seeds(&weights);
    params_fini(&weights);
    params_table_fini(&table);
    return tap_done();
}
