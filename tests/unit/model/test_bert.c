/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: the model's loss and its gradient of every tensor must be those of the plain
 * model in double precision, for sequences of uneven lengths, however they are cut into
 * chunks, with dropout too, because its masks are a function of sequence and place
 * alone; documents packed in isolation give what each gives by itself.  Spans of the
 * gradient must become ready from the end of the block to its beginning, each element
 * once. */
#include "src/model/bert.h"

#include <math.h>
#include <omp.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/model/decode.h"
#include "tests/gradcheck.h"
#include "tests/refbert.h"
#include "tests/tap.h"
#include "tests/toy.h"

static const struct {
    const char *name;
    enum gelu_kind gelu;
    uint32_t objectives;
    double hidden_dropout, attention_dropout;
    int64_t max_tokens, max_sequences; /* of a chunk */
    int64_t sequences;
    bool packed; /* of isolated documents */
    enum kind_id kind;
    int64_t D;
} rows[] = {
    {"whole", GELU_ERF, TOY_PAIRS, 0, 0, 400, 20, 9, false, KIND_BERT, 8},
    {"tanh", GELU_TANH, TOY_PAIRS, 0, 0, 400, 20, 9, false, KIND_BERT, 8},
    {"no pairs", GELU_ERF, TOY_SINGLE, 0, 0, 400, 20, 9, false, KIND_BERT, 8},
    {"chunks of 45 tokens", GELU_ERF, TOY_PAIRS, 0, 0, 45, 20, 9, false, KIND_BERT, 8},
    {"chunks of one sequence", GELU_ERF, TOY_PAIRS, 0, 0, 400, 1, 9, false, KIND_BERT,
     8},
    {"dropout", GELU_ERF, TOY_PAIRS, 0.1, 0.2, 400, 20, 9, false, KIND_BERT, 8},
    {"hidden dropout, chunks", GELU_ERF, TOY_PAIRS, 0.5, 0, 45, 20, 9, false, KIND_BERT,
     8},
    {"attention dropout, chunks", GELU_ERF, TOY_PAIRS, 0, 0.5, 30, 20, 9, false,
     KIND_BERT, 8},
    {"slabs of masked rows", GELU_ERF, TOY_PAIRS, 0, 0, 4000, 200, 180, false,
     KIND_BERT, 8},
    {"packed", GELU_ERF, TOY_PAIRS, 0, 0, 400, 20, 9, true, KIND_BERT, 8},
    {"packed, chunks", GELU_ERF, TOY_SINGLE, 0, 0, 45, 20, 9, true, KIND_BERT, 8},
    {"packed, dropout", GELU_ERF, TOY_PAIRS, 0.1, 0.2, 45, 20, 9, true, KIND_BERT, 8},
    {"pre", GELU_ERF, TOY_PAIRS, 0, 0, 400, 20, 9, false, KIND_MEGATRON_BERT, 8},
    {"pre, chunks, dropout", GELU_TANH, TOY_PAIRS, 0.1, 0.2, 45, 20, 9, false,
     KIND_MEGATRON_BERT, 8},
    {"pre, packed", GELU_ERF, TOY_SINGLE, 0.1, 0, 45, 20, 9, true, KIND_MEGATRON_BERT,
     8},
    {"pre, many rows", GELU_ERF, TOY_PAIRS, 0.1, 0.1, 4000, 200, 180, false,
     KIND_MEGATRON_BERT, 8},
    {"heads of 5", GELU_ERF, TOY_PAIRS, 0.1, 0.2, 400, 20, 9, false, KIND_BERT, 5},
    {"pre, heads of 12", GELU_ERF, TOY_PAIRS, 0, 0, 45, 20, 9, true, KIND_MEGATRON_BERT,
     12},
    {"order", GELU_ERF, TOY_ORDER, 0, 0, 400, 20, 9, false, KIND_BERT, 8},
    {"order, dropout, chunks", GELU_TANH, TOY_ORDER, 0.1, 0.2, 45, 20, 9, false,
     KIND_BERT, 8},
};

struct watch {
    size_t next; /* where the next span must end */
    bool good;
    int polls;
    size_t needed; /* weights before it */
};

static void watch_span(struct span span, void *context) {
    struct watch *watch = context;
    watch->good =
        watch->good && span.count > 0 && span.offset + span.count == watch->next;
    watch->next = span.offset;
}

static void watch_need(struct span span, void *context) {
    struct watch *watch = context;
    watch->good = watch->good && span.count > 0 && span.offset == watch->needed;
    watch->needed += span.count;
}

static void count_poll(void *context) { ((struct watch *)context)->polls++; }

/* All chunks of the batch; returns how many. */
static int train(struct model *model, const struct params *weights,
                 struct params *grads, const struct batch *batch,
                 const struct refbert *ref, bool *ready, struct model_sums *sums) {
    int chunks = 0;
    for (int64_t first = 0, n; first < batch->B; first += n, chunks++) {
        struct watch watch = {.next = weights->table->total, .good = true};
        struct model_step step = {.scale[OBJECTIVE_MLM] = ref->scale[OBJECTIVE_MLM],
                                  .scale[OBJECTIVE_NSP] = ref->scale[OBJECTIVE_NSP],
                                  .scale[OBJECTIVE_SOP] = ref->scale[OBJECTIVE_SOP],
                                  .on_ready = watch_span,
                                  .need = watch_need,
                                  .poll = count_poll,
                                  .context = &watch};
        n = model_chunk(model, batch, first);
        model_train(model, weights, grads, batch, first, n, &step, sums);
        *ready = *ready && watch.good && watch.next == 0 && watch.polls > 0 &&
                 watch.needed == weights->table->total;
    }
    return chunks;
}

static void compare(const char *name, const struct params *grads, const double *truth) {
    for (int i = 0; i < grads->table->count; i++) {
        const struct tensor *tensor = &grads->table->tensors[i];
        double *got = mem_alloc(tensor->count, sizeof *got);
        for (size_t j = 0; j < tensor->count; j++)
            got[j] = grads->data[tensor->offset + j];
        /* the floor is for key biases, whose gradient is 0: softmax ignores a shift */
        double far =
            gradcheck_distance(got, truth + tensor->offset, tensor->count, 1e-2);
        ok(far < 1e-5, "%s: %s (%.1e)", name, tensor->name, far);
        mem_free(got);
    }
}

static void check_sums(const char *name, const struct model_sums *sums,
                       const struct batch *batch, uint32_t set) {
    int64_t labelled = 0;
    for (int64_t b = 0; b < batch->B; b++)
        labelled += objectives_pair(set) && batch->next[b] >= 0;
    is_int(sums->tokens, batch->T, "%s: tokens", name);
    is_int(sums->sequences, batch->B, "%s: sequences", name);
    is_int(sums->of[OBJECTIVE_MLM].count, batch->M, "%s: masked rows", name);
    bool order = objectives_has(set, OBJECTIVE_SOP);
    is_int(sums->of[OBJECTIVE_NSP].count, order ? 0 : labelled, "%s: pairs", name);
    is_int(sums->of[OBJECTIVE_SOP].count, order ? labelled : 0, "%s: ordered", name);
}

static void test_row(size_t i) {
    const char *name = rows[i].name;
    struct params_table table = {0};
    struct params weights, grads;
    struct batch batch;
    struct refbert ref = {
        .options = toy_options(), .table = &table, .scale = {0.05, 0.2, 0.3}};
    ref.options.shape.gelu = rows[i].gelu;
    ref.options.shape.kind = rows[i].kind;
    ref.options.shape.D = rows[i].D;
    ref.options.hidden_dropout = rows[i].hidden_dropout;
    ref.options.attention_dropout = rows[i].attention_dropout;
    ref.options.max_tokens = rows[i].max_tokens;
    ref.options.max_sequences = rows[i].max_sequences;
    ref.options.objectives = rows[i].objectives;
    model_layout(&table, &ref.options.shape, ref.options.objectives);
    params_init(&weights, &table);
    params_init(&grads, &table);
    toy_weights(&weights, 5);
    (rows[i].packed ? toy_packed_batch : toy_batch)(&batch, rows[i].sequences, 4);
    ok((batch.N > batch.B) == rows[i].packed, "%s: %d spans", name, (int)batch.N);
    double *w = mem_alloc(table.total, sizeof *w),
           *g = mem_alloc(table.total, sizeof *g);
    for (size_t j = 0; j < table.total; j++)
        w[j] = weights.data[j];
    double truth = refbert_loss(&ref, w, &batch, g);

    struct model *model = model_create(&ref.options, &table);
    struct model_sums sums = {0};
    bool ready = true;
    int chunks = train(model, &weights, &grads, &batch, &ref, &ready, &sums);
    double loss = ref.scale[OBJECTIVE_MLM] * sums.of[OBJECTIVE_MLM].loss +
                  ref.scale[OBJECTIVE_NSP] * sums.of[OBJECTIVE_NSP].loss +
                  ref.scale[OBJECTIVE_SOP] * sums.of[OBJECTIVE_SOP].loss;
    ok(fabs(loss - truth) < 1e-6 * truth, "%s: loss %.8f, in double %.8f", name, loss,
       truth);
    ok(rows[i].sequences == 9 || batch.M > DECODE_SLAB, "%s: %d masked", name,
       (int)batch.M);
    ok(chunks > 1 || batch.T <= rows[i].max_tokens, "%s: %d chunks", name, chunks);
    ok(ready, "%s: spans are ready from the end to the beginning", name);
    check_sums(name, &sums, &batch, rows[i].objectives);
    compare(name, &grads, g);
    model_destroy(model);
    mem_free(w);
    mem_free(g);
    batch_fini(&batch);
    params_fini(&weights);
    params_fini(&grads);
    params_table_fini(&table);
}

/* The gradient of a batch in chunks of at most 600 tokens; returns the loss. */
static double gradient(const struct shape *shape, const struct batch *batch,
                       const struct params *weights, uint32_t objectives,
                       struct params *grads) {
    struct refbert ref = {.options = toy_options(), .scale = {0.05}};
    ref.options.objectives = objectives;
    struct model_sums sums = {0};
    bool ready = true;
    ref.options.shape = *shape;
    ref.options.max_tokens = 600;
    struct model *model = model_create(&ref.options, weights->table);
    train(model, weights, grads, batch, &ref, &ready, &sums);
    model_destroy(model);
    return sums.of[OBJECTIVE_MLM].loss;
}

/* The largest difference between the logits of two batches of the same masked rows. */
static double logits_far(const struct batch *a, const struct batch *b,
                         const struct params *weights) {
    const struct batch *batches[] = {a, b};
    struct model_options options = toy_options();
    size_t count = (size_t)(a->M * options.shape.V);
    float *logits[2];
    double far = 0;
    options.max_sequences = b->B;
    options.objectives = TOY_SINGLE;
    for (int i = 0; i < 2; i++) {
        struct model *model = model_create(&options, weights->table);
        logits[i] = mem_alloc(count, sizeof(float));
        model_predict(model, weights, batches[i], 0, batches[i]->B, logits[i], NULL,
                      NULL);
        model_destroy(model);
    }
    for (size_t j = 0; j < count; j++)
        far = fmax(far, fabs((double)logits[0][j] - logits[1][j]));
    mem_free(logits[0]);
    mem_free(logits[1]);
    return far;
}

/* The same bits, however many threads share the work. */
static void test_threads(enum kind_id kind) {
    struct params_table table = {0};
    struct params weights, grads[4];
    struct batch batch;
    struct shape shape = toy_shape();
    double losses[4];
    shape.kind = kind;
    int before = omp_get_max_threads();
    model_layout(&table, &shape, TOY_PAIRS);
    params_init(&weights, &table);
    toy_weights(&weights, 6);
    toy_batch(&batch, 40, 8);
    for (int i = 0; i < 4; i++) {
        omp_set_num_threads(i + 1);
        params_init(&grads[i], &table);
        losses[i] = gradient(&shape, &batch, &weights, TOY_PAIRS, &grads[i]);
        ok(losses[i] == losses[0] &&
               memcmp(grads[i].data, grads[0].data, table.total * sizeof(float)) == 0,
           "%s, %d threads: the same loss and gradient to the bit",
           model_kinds[kind].name, i + 1);
    }
    omp_set_num_threads(before);
    for (int i = 0; i < 4; i++)
        params_fini(&grads[i]);
    batch_fini(&batch);
    params_fini(&weights);
    params_table_fini(&table);
}

/* Documents packed in isolation, and the same ones each by itself. */
static void test_apart(void) {
    struct params_table table = {0};
    struct params weights, packed_grads, apart_grads;
    struct batch packed, apart;
    struct shape shape = toy_shape();
    model_layout(&table, &shape, TOY_SINGLE);
    params_init(&weights, &table);
    params_init(&packed_grads, &table);
    params_init(&apart_grads, &table);
    toy_weights(&weights, 6);
    toy_packed_batch(&packed, 12, 8);
    toy_apart(&packed, &apart);
    is_int(apart.B, packed.N, "12 sequences of %d documents", (int)packed.N);
    is_int(apart.M, packed.M, "  with %d masked rows", (int)packed.M);
    double a = gradient(&shape, &packed, &weights, TOY_SINGLE, &packed_grads);
    double b = gradient(&shape, &apart, &weights, TOY_SINGLE, &apart_grads);
    ok(fabs(a - b) < 1e-6 * b, "  lose %.7f packed, %.7f apart", a, b);
    double *truth = mem_alloc(table.total, sizeof *truth);
    for (size_t j = 0; j < table.total; j++)
        truth[j] = apart_grads.data[j];
    compare("packed or apart", &packed_grads, truth);
    ok(logits_far(&packed, &apart, &weights) < 1e-5, "  and predict the same");
    mem_free(truth);
    batch_fini(&packed);
    batch_fini(&apart);
    params_fini(&weights);
    params_fini(&packed_grads);
    params_fini(&apart_grads);
    params_table_fini(&table);
}

int main(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        test_row(i);
    for (int kind = 0; kind < MODEL_KINDS; kind++)
        test_threads((enum kind_id)kind);
    test_apart();
    return tap_done();
}
