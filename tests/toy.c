/* SPDX-License-Identifier: Apache-2.0 */
/* A toy model and its batches: see toy.h. */
#include "tests/toy.h"

#include <math.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/rng.h"

enum { LENGTH = 20 };

struct shape toy_shape(void) {
    return (struct shape){.L = 2,
                          .H = 16,
                          .E = 16,
                          .A = 2,
                          .D = 8,
                          .F = 24,
                          .V = 37,
                          .P = LENGTH,
                          .S = 2,
                          .K = 13,
                          .gelu = GELU_ERF,
                          .norm_eps = 1e-12};
}

struct model_options toy_options(void) {
    return (struct model_options){.shape = toy_shape(),
                                  .objectives = TOY_PAIRS,
                                  .dropout_seed = 11,
                                  .max_tokens = 400,
                                  .max_sequences = 20,
                                  .max_length = LENGTH};
}

void toy_weights(struct params *weights, uint64_t seed) {
    for (int i = 0; i < weights->table->count; i++) {
        const struct tensor *tensor = &weights->table->tensors[i];
        float *x = weights->data + tensor->offset;
        float mean = tensor->first == FIRST_ONE ? 1.0f : 0.0f;
        double deviation = tensor->rank == 2 ? 1 / sqrt((double)tensor->shape[1]) : 0.2;
        struct rng rng;
        rng_init(&rng, seed, RNG_TEST, (uint64_t)i, 0);
        for (size_t j = 0; j < tensor->count; j++)
            x[j] = mean + (float)(deviation * rng_normal(&rng));
    }
}

/* Of 4 … `longest` tokens. */
static void toy_example(struct example *e, int32_t longest, struct rng *rng) {
    e->length = 4 + (int32_t)rng_below(rng, (uint64_t)longest - 3);
    e->split = 2 + (int32_t)rng_below(rng, (uint64_t)e->length - 2);
    e->next = (int32_t)rng_below(rng, 3) - 1;
    e->masked = 0;
    for (int32_t i = 0; i < e->length; i++) {
        e->ids[i] = (int32_t)rng_below(rng, (uint64_t)toy_shape().V);
        if (i > 0 && rng_below(rng, 4) == 0) {
            e->positions[e->masked] = i;
            e->labels[e->masked++] = (int32_t)rng_below(rng, (uint64_t)toy_shape().V);
        }
    }
}

/* Cuts at random places, three at most. */
static void toy_cuts(struct example *e, struct rng *rng) {
    e->cut_count = 0;
    e->next = NEXT_NONE;
    e->split = e->length;
    for (int32_t i = 1; i < e->length && e->cut_count < 3; i++)
        if (rng_below(rng, 6) == 0)
            e->cuts[e->cut_count++] = i;
}

void toy_packed_batch(struct batch *batch, int64_t B, uint64_t seed) {
    int32_t ids[LENGTH], positions[LENGTH], labels[LENGTH], cuts[3];
    struct example example = {
        .ids = ids, .positions = positions, .labels = labels, .cuts = cuts};
    struct rng rng;
    rng_init(&rng, seed, RNG_TEST, 2, 0);
    batch_init(batch, B, LENGTH);
    for (int64_t b = 0; b < B; b++) {
        toy_example(&example, LENGTH, &rng);
        toy_cuts(&example, &rng);
        batch_add(batch, &example, (struct origin){.number = (uint64_t)b});
    }
}

void toy_apart(const struct batch *packed, struct batch *apart) {
    int32_t positions[LENGTH];
    int64_t m = 0;
    batch_init(apart, packed->N, LENGTH);
    for (int64_t n = 0; n < packed->N; n++) {
        int32_t row = packed->spans[n], s = packed->spans[n + 1] - row;
        struct example e = {.length = s,
                            .split = s,
                            .next = NEXT_NONE,
                            .ids = packed->ids + row,
                            .positions = positions,
                            .labels = packed->labels + m};
        for (; m < packed->M && packed->masked[m] < row + s; m++)
            positions[e.masked++] = packed->masked[m] - row;
        batch_add(apart, &e, (struct origin){.number = (uint64_t)n});
    }
}

void toy_batch(struct batch *batch, int64_t B, uint64_t seed) {
    int32_t ids[LENGTH], positions[LENGTH], labels[LENGTH];
    struct example example = {.ids = ids, .positions = positions, .labels = labels};
    struct rng rng;
    rng_init(&rng, seed, RNG_TEST, 1, 0);
    batch_init(batch, B, LENGTH);
    for (int64_t b = 0; b < B; b++) {
        toy_example(&example, LENGTH, &rng);
        batch_add(
            batch, &example,
            (struct origin){.lane = (uint32_t)(b % 3), .number = (uint64_t)b / 3});
    }
}

/* Masks all rows. */
static void toy_hide(struct example *e, struct rng *rng) {
    for (e->masked = 0; e->masked < e->length; e->masked++) {
        e->positions[e->masked] = e->masked;
        e->labels[e->masked] = (int32_t)rng_below(rng, (uint64_t)toy_shape().V);
    }
}

void toy_hidden_batch(struct batch *batch, int64_t B, uint64_t seed) {
    int32_t ids[TOY_LONG], positions[TOY_LONG], labels[TOY_LONG];
    struct example example = {.ids = ids, .positions = positions, .labels = labels};
    struct rng rng;
    rng_init(&rng, seed, RNG_TEST, 3, 0);
    batch_init(batch, B, TOY_LONG);
    for (int64_t b = 0; b < B; b++) {
        toy_example(&example, TOY_LONG, &rng);
        toy_hide(&example, &rng);
        batch_add(batch, &example, (struct origin){.number = (uint64_t)b});
    }
}

/* ---- what a teacher might say ---- */

static float *random_rows(struct rng *rng, int64_t rows, int64_t width) {
    float *x = mem_alloc((size_t)(rows * width), sizeof *x);
    for (int64_t j = 0; j < rows * width; j++)
        x[j] = (float)rng_normal(rng);
    return x;
}

/* Of each row three logits or so, of the last none. */
static void random_logits(struct toy_targets *t, int64_t rows, struct rng *rng) {
    int64_t V = toy_shape().V, n = 0;
    t->starts = mem_alloc((size_t)rows + 1, sizeof *t->starts);
    t->at = mem_alloc((size_t)(rows * V), sizeof *t->at);
    for (int64_t i = 0; i < rows; i++) {
        for (int64_t v = 0; v < V && i + 1 < rows; v++)
            if (rng_below(rng, 12) == 0)
                t->at[n++] = (int32_t)v;
        t->starts[i + 1] = n;
    }
    t->logits = random_rows(rng, n, 1);
}

/* Codes: of each row some atoms, of the first none. */
static void random_codes(struct toy_targets *t, int64_t rows, struct rng *rng) {
    int64_t K = toy_shape().K, n = 0;
    t->code_starts = mem_alloc((size_t)rows + 1, sizeof *t->code_starts);
    t->atoms = mem_alloc((size_t)(rows * K), sizeof *t->atoms);
    t->shares = mem_alloc((size_t)(rows * K), sizeof *t->shares);
    for (int64_t i = 0; i < rows; i++) {
        double sum = 0;
        for (int64_t k = i == 0 ? K : (int64_t)rng_below(rng, 4); k < K;
             k += 1 + (int64_t)rng_below(rng, 5)) {
            t->atoms[n] = (int32_t)k;
            t->shares[n] = (float)(0.1 + rng_uniform(rng));
            sum += (double)t->shares[n++];
        }
        for (int64_t j = t->code_starts[i]; j < n; j++)
            t->shares[j] = (float)((double)t->shares[j] / sum);
        t->code_starts[i + 1] = n;
    }
    t->of.codes = (struct sparse_rows){t->code_starts, t->atoms, t->shares};
}

void toy_long_batch(struct batch *batch, int64_t B, uint64_t seed) {
    static const int32_t lengths[] = {TOY_LONGEST, 7, 129, 25};
    int32_t ids[TOY_LONGEST], positions[TOY_LONGEST], labels[TOY_LONGEST];
    struct example e = {.ids = ids, .positions = positions, .labels = labels};
    struct rng rng;
    rng_init(&rng, seed, RNG_TEST, 5, 0);
    batch_init(batch, B, TOY_LONGEST);
    for (int64_t b = 0; b < B; b++) {
        e.length = lengths[b % 4];
        e.split = e.length / 2;
        e.next = (int)(b % 2);
        e.masked = 0;
        for (int32_t i = 0; i < e.length; i++) {
            ids[i] = (int32_t)rng_below(&rng, (uint64_t)toy_shape().V);
            if (i % 5 == 1) {
                positions[e.masked] = i;
                labels[e.masked++] = ids[i];
            }
        }
        batch_add(batch, &e, (struct origin){.number = (uint64_t)b});
    }
}

void toy_targets_init(struct toy_targets *targets, const struct batch *batch,
                      uint64_t seed) {
    struct rng rng;
    rng_init(&rng, seed, RNG_TEST, 4, 0);
    *targets = (struct toy_targets){.of = {.rows = batch->M,
                                           .tokens = batch->T,
                                           .width = toy_shape().H,
                                           .temperature = 2,
                                           .relation_heads = 4,
                                           .attended = 12}};
    targets->of.states = targets->states =
        random_rows(&rng, batch->M, targets->of.width);
    targets->of.attention = targets->attention =
        random_rows(&rng, batch->T, 3 * targets->of.attended);
    random_logits(targets, batch->M, &rng);
    targets->of.logits =
        (struct sparse_rows){targets->starts, targets->at, targets->logits};
    random_codes(targets, batch->M, &rng);
}

void toy_targets_fini(struct toy_targets *targets) {
    mem_free(targets->states);
    mem_free(targets->attention);
    mem_free(targets->logits);
    mem_free(targets->starts);
    mem_free(targets->at);
    mem_free(targets->shares);
    mem_free(targets->code_starts);
    mem_free(targets->atoms);
}
