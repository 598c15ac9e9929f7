/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: predictions are what evaluation judges, so losses and hits worked out here
 * from the logits must be evaluation's; each output may be left out; the encoder's
 * output is normalised by its last LayerNorm; states of some rows are
 * those of all, to the bit, however sequences are put together; what a model cannot
 * take is refused as a bug. */
#include <math.h>
#include <omp.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/model/bert.h"
#include "tests/dies.h"
#include "tests/tap.h"
#include "tests/toy.h"

enum { SEQUENCES = 183, FIRST = 2, COUNT = 180 }; /* more than a slab of masked rows */

struct stage {
    struct params_table table;
    struct params weights;
    struct batch batch;
    struct model *model;
};

static void stage_init(struct stage *stage, uint32_t objectives) {
    struct model_options options = toy_options();
    *stage = (struct stage){0};
    options.max_sequences = SEQUENCES;
    options.max_tokens = SEQUENCES * options.max_length;
    options.objectives = objectives;
    model_layout(&stage->table, &options.shape, objectives);
    params_init(&stage->weights, &stage->table);
    toy_weights(&stage->weights, 5);
    toy_batch(&stage->batch, SEQUENCES, 9);
    stage->model = model_create(&options, &stage->table);
}

static void stage_fini(struct stage *stage) {
    model_destroy(stage->model);
    batch_fini(&stage->batch);
    params_fini(&stage->weights);
    params_table_fini(&stage->table);
}

/* Adds the loss of each row to *loss and the hits to *correct. */
static void judge(int64_t rows, int64_t n, const float *logits, const int32_t *labels,
                  double *loss, int64_t *correct) {
    for (int64_t i = 0; i < rows; i++) {
        const float *x = logits + i * n;
        double sum = 0;
        int64_t best = 0;
        if (labels[i] < 0)
            continue;
        for (int64_t j = 0; j < n; j++) {
            sum += exp((double)x[j]);
            best = x[j] > x[best] ? j : best;
        }
        *loss += log(sum) - (double)x[labels[i]];
        *correct += best == labels[i];
    }
}

static void test_logits(struct stage *stage) {
    const struct batch *batch = &stage->batch;
    int32_t masked = batch->masked_starts[FIRST];
    int64_t M = batch->masked_starts[FIRST + COUNT] - masked, V = toy_shape().V;
    float *logits = mem_alloc((size_t)(M * V), sizeof *logits), next[COUNT * 2];
    struct model_sums want = {0}, got = {0};
    model_evaluate(stage->model, &stage->weights, batch, FIRST, COUNT, &want);
    model_predict(stage->model, &stage->weights, batch, FIRST, COUNT, logits, NULL,
                  next);
    judge(M, V, logits, batch->labels + masked, &got.of[OBJECTIVE_MLM].loss,
          &got.of[OBJECTIVE_MLM].correct);
    judge(COUNT, 2, next, batch->next + FIRST, &got.of[OBJECTIVE_NSP].loss,
          &got.of[OBJECTIVE_NSP].correct);
    ok(fabs(got.of[OBJECTIVE_MLM].loss / want.of[OBJECTIVE_MLM].loss - 1) < 1e-6,
       "MLM loss");
    ok(fabs(got.of[OBJECTIVE_NSP].loss / want.of[OBJECTIVE_NSP].loss - 1) < 1e-6,
       "NSP loss");
    is_int(got.of[OBJECTIVE_MLM].correct, want.of[OBJECTIVE_MLM].correct, "MLM hits");
    is_int(got.of[OBJECTIVE_NSP].correct, want.of[OBJECTIVE_NSP].correct, "NSP hits");
    is_int(want.of[OBJECTIVE_MLM].count, M, "masked rows");
    mem_free(logits);
}

/* Undoing the last LayerNorm must leave mean 0 and variance 1. */
static void test_hidden(struct stage *stage) {
    const struct batch *batch = &stage->batch;
    int64_t T = batch->starts[FIRST + COUNT] - batch->starts[FIRST], H = toy_shape().H;
    float *hidden = mem_alloc((size_t)(T * H), sizeof *hidden);
    const float *w = stage->weights.data;
    const float *gamma =
        w + params_find(&stage->table, "bert.encoder.layer.1.output.LayerNorm.weight")
                ->offset;
    const float *beta =
        w + params_find(&stage->table, "bert.encoder.layer.1.output.LayerNorm.bias")
                ->offset;
    double worst = 0;
    model_predict(stage->model, &stage->weights, batch, FIRST, COUNT, NULL, hidden,
                  NULL);
    for (int64_t t = 0; t < T; t++) {
        double sum = 0, squares = 0;
        for (int64_t j = 0; j < H; j++) {
            double x = (hidden[t * H + j] - beta[j]) / (double)gamma[j];
            sum += x;
            squares += x * x;
        }
        worst = fmax(worst, fabs(sum) + fabs(squares / (double)H - 1));
    }
    ok(worst < 1e-4, "hidden rows are normalised (%.1e)", worst);
    mem_free(hidden);
}

/* By a forward-only model, cut or not, in chunks of so many sequences: the same bits as
 * those rows have where all are computed. */
static void test_states(enum kind_id kind, int64_t cut, int64_t chunk) {
    struct stage stage;
    struct model_options options = toy_options();
    stage_init(&stage, TOY_SINGLE);
    options.shape.kind = kind;
    options.objectives = 0;
    options.max_sequences = SEQUENCES;
    options.max_tokens = SEQUENCES * options.max_length;
    options.forward_only = true;
    options.cut = cut;
    struct params_table table = {0};
    struct params weights;
    model_layout(&table, &options.shape, 0);
    params_init(&weights, &table);
    toy_weights(&weights, 5);
    struct model *model = model_create(&options, &table);
    const struct batch *batch = &stage.batch;
    int64_t H = options.shape.H, different = 0;
    float *all = mem_alloc((size_t)(batch->T * H), sizeof *all);
    float *some = mem_alloc((size_t)(batch->M * H), sizeof *some);
    model_predict(model, &weights, batch, 0, SEQUENCES, NULL, all, NULL);
    for (int64_t b = 0; b < SEQUENCES; b += chunk)
        model_teach(model, &weights, batch, b,
                    b + chunk < SEQUENCES ? chunk : SEQUENCES - b, NULL,
                    &(struct model_said){.states = some + batch->masked_starts[b] * H});
    for (int64_t i = 0; i < batch->M; i++)
        different += memcmp(some + i * H, all + batch->masked[i] * H,
                            (size_t)H * sizeof *all) != 0;
    is_int(different, 0, "%s, cut %d, chunks of %d: masked rows are those of all",
           model_kinds[kind].name, (int)cut, (int)chunk);
    mem_free(all);
    mem_free(some);
    model_destroy(model);
    params_fini(&weights);
    params_table_fini(&table);
    stage_fini(&stage);
}

static void evaluate(void *context) {
    struct stage *stage = context;
    struct model_sums sums = {0};
    model_evaluate(stage->model, &stage->weights, &stage->batch, 0, SEQUENCES, &sums);
}

static void predict_next(void *context) {
    struct stage *stage = context;
    float next[SEQUENCES * 2];
    model_predict(stage->model, &stage->weights, &stage->batch, 0, SEQUENCES, NULL,
                  NULL, next);
}

static void test_refusals(struct stage *stage) {
    struct {
        const char *what;
        int32_t *place, value;
    } rows[] = {
        {"an id beyond the vocabulary", &stage->batch.ids[3], 37},
        {"a negative id", &stage->batch.ids[0], -1},
        {"a position beyond the table", &stage->batch.positions[1], 20},
        {"a segment 2", &stage->batch.segments[2], 2},
        {"a masked row of another sequence", &stage->batch.masked[0], 9999},
        {"a label beyond the vocabulary", &stage->batch.labels[1], 37},
        {"an empty sequence", &stage->batch.starts[1], 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int32_t kept = *rows[i].place;
        *rows[i].place = rows[i].value;
        ok(dies(evaluate, stage), "refused: %s", rows[i].what);
        *rows[i].place = kept;
    }
    ok(!dies(evaluate, stage), "and all is well again");
}

int main(void) {
    struct stage stage, single;
    omp_set_num_threads(1); /* see dies.h */
    stage_init(&stage, TOY_PAIRS);
    test_logits(&stage);
    test_hidden(&stage);
    test_refusals(&stage);
    stage_fini(&stage);
    for (int kind = KIND_BERT; kind <= KIND_MEGATRON_BERT; kind++)
        for (int64_t cut = 0; cut < 2; cut++) {
            test_states((enum kind_id)kind, cut, SEQUENCES);
            test_states((enum kind_id)kind, cut, 7);
            test_states((enum kind_id)kind, cut, 1);
        }
    stage_init(&single, TOY_SINGLE);
    ok(dies(predict_next, &single), "refused: NSP of a model without it");
    stage_fini(&single);
    return tap_done();
}
