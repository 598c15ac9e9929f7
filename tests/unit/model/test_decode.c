/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: what a model draws for a masked row is a function of the weights, the seed and
 * where the row stands in which example: however a batch is cut into chunks, whoever
 * shares the work, in training and evaluation, in another order, it is the same; with
 * another seed or as another example it is not.  Drawing changes no loss.  Of many
 * draws each token has the share that the model gives it. */
#include "src/model/decode.h"

#include <math.h>
#include <omp.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/model/bert.h"
#include "tests/tap.h"
#include "tests/toy.h"

enum { SEQUENCES = 30 };

struct trial {
    struct params_table table;
    struct params weights, grads;
    struct batch batch;
};

static void trial_init(struct trial *t) {
    struct shape shape = toy_shape();
    *t = (struct trial){0};
    model_layout(&t->table, &shape, TOY_SINGLE);
    params_init(&t->weights, &t->table);
    params_init(&t->grads, &t->table);
    toy_weights(&t->weights, 5);
    toy_batch(&t->batch, SEQUENCES, 4);
}

static void trial_fini(struct trial *t) {
    batch_fini(&t->batch);
    params_fini(&t->weights);
    params_fini(&t->grads);
    params_table_fini(&t->table);
}

static struct model_options drawing(int64_t max_tokens, uint64_t seed) {
    struct model_options options = toy_options();
    options.objectives = TOY_SINGLE;
    options.max_tokens = max_tokens;
    options.dropout_seed = seed;
    options.draws = true;
    return options;
}

/* What is drawn (M) of the whole batch; the sum of the losses is returned. */
static double draw(struct trial *t, const struct model_options *options, bool train,
                   int32_t *drawn) {
    const struct batch *batch = &t->batch;
    const struct model_step step = {.scale = {0.1}};
    struct model *model = model_create(options, &t->table);
    struct model_sums sums = {0};
    for (int64_t first = 0, n; first < batch->B; first += n) {
        int32_t m = batch->masked_starts[first];
        n = model_chunk(model, batch, first);
        if (train)
            model_train(model, &t->weights, &t->grads, batch, first, n, &step, &sums);
        else
            model_evaluate(model, &t->weights, batch, first, n, &sums);
        if (drawn)
            memcpy(drawn + m, model_drawn(model),
                   (size_t)(batch->masked_starts[first + n] - m) * sizeof *drawn);
    }
    model_destroy(model);
    return sums.of[OBJECTIVE_MLM].loss;
}

static int64_t count_same(const int32_t *a, const int32_t *b, int64_t n) {
    int64_t same = 0;
    for (int64_t i = 0; i < n; i++)
        same += a[i] == b[i];
    return same;
}

static void test_same(struct trial *t) {
    static const struct {
        const char *name;
        int64_t max_tokens;
        bool train;
        int threads;
    } rows[] = {
        {"whole", 4000, true, 1},      {"whole, evaluated", 4000, false, 1},
        {"chunks", 45, true, 1},       {"one by one", 20, false, 1},
        {"two threads", 400, true, 2}, {"five threads, chunks", 90, true, 5},
    };
    int64_t M = t->batch.M;
    int32_t want[20 * SEQUENCES], got[20 * SEQUENCES];
    struct model_options plain = drawing(4000, 3);
    draw(t, &plain, false, want);
    plain.draws = false;
    double loss = draw(t, &plain, false, NULL);
    int before = omp_get_max_threads();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct model_options options = drawing(rows[i].max_tokens, 3);
        omp_set_num_threads(rows[i].threads);
        double drawn_loss = draw(t, &options, rows[i].train, got);
        is_int(count_same(got, want, M), M, "%s: the same is drawn", rows[i].name);
        ok(fabs(drawn_loss - loss) < 1e-4, "%s: the loss of a model that draws not",
           rows[i].name);
    }
    omp_set_num_threads(before);
}

static void test_other(struct trial *t) {
    int64_t M = t->batch.M;
    int32_t want[20 * SEQUENCES], got[20 * SEQUENCES];
    struct model_options options = drawing(4000, 3), other = drawing(4000, 4);
    draw(t, &options, false, want);
    draw(t, &other, false, got);
    ok(count_same(got, want, M) < M / 2, "another seed: others are drawn");
    for (int64_t b = 0; b < t->batch.B; b++)
        t->batch.origins[b].number += 1000;
    draw(t, &options, false, got);
    ok(count_same(got, want, M) < M / 2, "other examples: others are drawn");
    for (int64_t b = 0; b < t->batch.B; b++)
        t->batch.origins[b].lane += 1;
    draw(t, &options, false, want);
    ok(count_same(got, want, M) < M / 2, "another lane: others are drawn");
}

/* Of a row that is drawn for many examples; χ² of 36. */
static void test_shares(struct trial *t) {
    enum { DRAWS = 4000 };
    struct model_options options = drawing(400, 7);
    int64_t V = options.shape.V, M = t->batch.M;
    float *logits = mem_alloc((size_t)(M * V), sizeof *logits);
    double wins[64] = {0}, sum = 0, chi = 0;
    struct model *model = model_create(&options, &t->table);
    struct model_sums sums = {0};
    model_predict(model, &t->weights, &t->batch, 0, 2, logits, NULL, NULL);
    for (int i = 0; i < DRAWS; i++) {
        t->batch.origins[0].number = (uint64_t)i;
        model_evaluate(model, &t->weights, &t->batch, 0, 2, &sums);
        wins[model_drawn(model)[0]]++;
    }
    for (int64_t v = 0; v < V; v++)
        sum += exp((double)logits[v]);
    for (int64_t v = 0; v < V; v++) {
        double want = DRAWS * exp((double)logits[v]) / sum;
        chi += (wins[v] - want) * (wins[v] - want) / want;
    }
    ok(chi < 74, "%d draws by the model's probabilities: χ² %.1f", DRAWS, chi);
    model_destroy(model);
    mem_free(logits);
}

int main(void) {
    struct trial t;
    trial_init(&t);
    test_same(&t);
    test_other(&t);
    test_shares(&t);
    trial_fini(&t);
    return tap_done();
}
