/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: with products of bf16, and activations that are kept so, the gradient of every
 * tensor lies as near that of single precision as rounding explains; the loss too; bits
 * are the same for any number of threads and with what is computed again; and what is
 * no training knows nothing of it, in whatever order it is asked.
 *
 * The bound: rounding changes a number by u = 2⁻⁸ of itself at most.  A product of
 * numbers that are rounded, be it before they are kept or as they are packed, is wrong
 * by 2 u of the sum of its terms' sizes, and next to each other L layers have 7
 * products on the way up, and 7 on the way down, beside 2 and 2 of the head.  What is
 * kept for the way down and not multiplied as it is adds u each: in a layer the slope
 * of gelu, what two LayerNorms normalised, and probabilities, which dropout rounds once
 * more.  What products do to each other's errors is taken for 1. */
#include <math.h>
#include <omp.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/kernels/precision.h"
#include "src/model/bert.h"
#include "tests/tap.h"
#include "tests/toy.h"

enum { SEQUENCES = 9 };

static const struct trial {
    const char *name;
    enum kind_id kind;
    uint32_t objectives;
    void (*batch)(struct batch *batch, int64_t B, uint64_t seed);
    int64_t F; /* 0: the toy's */
} trials[] = {{"post", KIND_BERT, TOY_PAIRS, toy_batch, 0},
              {"pre", KIND_MEGATRON_BERT, TOY_PAIRS, toy_batch, 0},
              {"post, spans", KIND_BERT, TOY_SPANS, toy_batch, 0},
              {"post, long", KIND_BERT, TOY_PAIRS, toy_long_batch, 0},
              {"post, wide", KIND_BERT, TOY_PAIRS, toy_long_batch, 1000},
              {"pre, packed", KIND_MEGATRON_BERT, TOY_SINGLE, toy_packed_batch, 0},
              {"narrow, replaced", KIND_ELECTRA, TOY_REPLACED, toy_batch, 0}};

struct scene {
    struct model_options options;
    struct params_table table;
    struct params weights;
    struct batch batch;
};

static void scene_init(struct scene *s, const struct trial *trial) {
    *s = (struct scene){.options = toy_options()};
    s->options.shape.P = s->options.max_length = TOY_LONGEST;
    s->options.max_tokens = 1200;
    s->options.objectives = trial->objectives;
    s->options.shape.F = trial->F ? trial->F : s->options.shape.F;
    s->options.shape.kind = trial->kind;
    s->options.shape.E = trial->kind == KIND_ELECTRA ? 10 : s->options.shape.H;
    s->options.hidden_dropout = s->options.attention_dropout = 0.1;
    model_layout(&s->table, &s->options.shape, s->options.objectives);
    params_init(&s->weights, &s->table);
    toy_weights(&s->weights, 5);
    trial->batch(&s->batch, SEQUENCES, 4);
}

static void scene_fini(struct scene *s) {
    batch_fini(&s->batch);
    params_fini(&s->weights);
    params_table_fini(&s->table);
}

/* The gradient; returns the loss. */
static double train(struct scene *s, enum gemm_precision precision,
                    enum recompute recompute, int threads, struct params *grads) {
    struct model_options options = s->options;
    struct model_step step = {0};
    struct model_sums sums = {0};
    double loss = 0;
    options.precision = precision;
    options.recompute = recompute;
    for (int i = 0; i < OBJECTIVES; i++)
        step.scale[i] = 0.05;
    omp_set_num_threads(threads);
    struct model *model = model_create(&options, &s->table);
    params_init(grads, &s->table);
    model_train(model, &s->weights, grads, &s->batch, 0, SEQUENCES, &step, &sums);
    model_destroy(model);
    omp_set_num_threads(1);
    for (int i = 0; i < OBJECTIVES; i++)
        loss += sums.of[i].loss;
    return loss;
}

static double norm_of(const struct tensor *t, const float *x, const float *less) {
    double sum = 0;
    for (size_t j = 0; j < t->count; j++) {
        double d = (double)x[t->offset + j] - (less ? (double)less[t->offset + j] : 0);
        sum += d * d;
    }
    return sqrt(sum);
}

/* A key bias moves all scores of a query alike: its gradient is nothing but rounding,
 * which is held against the query bias's, the tensor before it. */
static double size_of(const struct params *grads, int i) {
    const struct tensor *t = &grads->table->tensors[i];
    bool nothing = strstr(t->name, "self.key.bias") != NULL;
    return norm_of(nothing ? t - 1 : t, grads->data, NULL);
}

static void compare(const struct trial *trial, struct scene *s,
                    const struct params *exact, const struct params *rounded) {
    int64_t L = s->options.shape.L;
    double bound = (double)((2 * 7 * L + 4) * 2 + 4 * L) / 256, most = 0;
    int moved = 0;
    for (int i = 0; i < s->table.count; i++) {
        const struct tensor *t = &s->table.tensors[i];
        double far = norm_of(t, rounded->data, exact->data), size = size_of(exact, i);
        if (!(far <= bound * size))
            ok(false, "%s: %s is wrong by %.3f of itself", trial->name, t->name,
               far / size);
        most = fmax(most, size > 0 ? far / size : 0);
        moved += far > 0;
    }
    ok(most <= bound && moved == s->table.count,
       "%s: %d gradients, none wrong by more than %.4f of itself (%.4f)", trial->name,
       moved, most, bound);
}

static bool same(const struct params *a, const struct params *b) {
    return memcmp(a->data, b->data, a->table->total * sizeof *a->data) == 0;
}

static void test_trial(const struct trial *trial) {
    struct scene s;
    struct params exact, rounded, threads, again, some;
    scene_init(&s, trial);
    double a = train(&s, GEMM_FP32, RECOMPUTE_NONE, 1, &exact);
    double b = train(&s, GEMM_BF16, RECOMPUTE_NONE, 1, &rounded);
    double c = train(&s, GEMM_BF16, RECOMPUTE_NONE, 3, &threads);
    double d = train(&s, GEMM_BF16, RECOMPUTE_LAYER, 2, &again);
    double e = train(&s, GEMM_BF16, RECOMPUTE_ATTENTION, 2, &some);
    ok(a != b && fabs(a - b) < 0.01 * a, "%s: loss %.6f, rounded %.6f", trial->name, a,
       b);
    compare(trial, &s, &exact, &rounded);
    ok(c == b && same(&threads, &rounded), "  the same bits with three threads");
    ok(d == b && same(&again, &rounded), "  and with layers computed again");
    ok(e == b && same(&some, &rounded), "  or with attention");
    params_fini(&exact);
    params_fini(&rounded);
    params_fini(&threads);
    params_fini(&again);
    params_fini(&some);
    scene_fini(&s);
}

/* Between two trainings, which use the same memory. */
static void test_evaluation(void) {
    struct scene s;
    struct model_sums sums[2] = {{.tokens = 0}};
    struct params grads[2];
    struct model_step step = {.scale = {0.05, 0.05}};
    scene_init(&s, &trials[0]);
    for (int i = 0; i < 2; i++) {
        struct model_options options = s.options;
        options.precision = i ? GEMM_BF16 : GEMM_FP32;
        struct model *model = model_create(&options, &s.table);
        for (int k = 0; i && k < 2; k++) {
            struct model_sums unused = {.tokens = 0};
            params_init(&grads[k], &s.table);
            model_train(model, &s.weights, &grads[k], &s.batch, 0, SEQUENCES, &step,
                        &unused);
            if (k == 0)
                model_evaluate(model, &s.weights, &s.batch, 0, SEQUENCES, &sums[i]);
        }
        if (i == 0)
            model_evaluate(model, &s.weights, &s.batch, 0, SEQUENCES, &sums[i]);
        model_destroy(model);
    }
    ok(sums[0].of[OBJECTIVE_MLM].loss == sums[1].of[OBJECTIVE_MLM].loss,
       "evaluation is in single precision");
    ok(same(&grads[0], &grads[1]), "and leaves no trace in the training after it");
    params_fini(&grads[0]);
    params_fini(&grads[1]);
    scene_fini(&s);
}

/* What a generator drew last is told, be it in training or in evaluation. */
static void test_drawn(void) {
    struct scene s;
    struct params grads;
    struct model_sums sums = {.tokens = 0};
    struct model_step step = {.scale = {0.05, 0.05}};
    const struct trial single = {"drawn", KIND_BERT, TOY_SINGLE, toy_batch, 0};
    scene_init(&s, &single);
    s.options.draws = true;
    s.options.precision = GEMM_BF16;
    params_init(&grads, &s.table);
    struct model *model = model_create(&s.options, &s.table);
    int64_t M = s.batch.masked_starts[SEQUENCES];
    int32_t *first = mem_alloc((size_t)M, sizeof *first);
    model_evaluate(model, &s.weights, &s.batch, 0, SEQUENCES, &sums);
    memcpy(first, model_drawn(model), (size_t)M * sizeof *first);
    model_train(model, &s.weights, &grads, &s.batch, 0, SEQUENCES, &step, &sums);
    int64_t inside = 0;
    for (int64_t i = 0; i < M; i++)
        inside +=
            model_drawn(model)[i] >= 0 && model_drawn(model)[i] < s.options.shape.V;
    is_int(inside, M, "training draws tokens");
    model_evaluate(model, &s.weights, &s.batch, 0, SEQUENCES, &sums);
    ok(memcmp(first, model_drawn(model), (size_t)M * sizeof *first) == 0,
       "evaluation the same ones before and after it");
    model_destroy(model);
    mem_free(first);
    params_fini(&grads);
    scene_fini(&s);
}

int main(void) {
    struct err err;
    omp_set_num_threads(1);
    is_int(precision_start(true, &err), 0, "bf16 starts");
    for (size_t i = 0; i < sizeof trials / sizeof *trials; i++)
        test_trial(&trials[i]);
    test_evaluation();
    test_drawn();
    return tap_done();
}
