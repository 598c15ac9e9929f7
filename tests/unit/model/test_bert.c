/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: the model's loss and its gradient of every tensor must be those of the plain
 * model in double precision, whatever kernels there are, for sequences of uneven
 * lengths, however they are cut into chunks and much of them is masked, with dropout
 * too, because its masks are a function of sequence and place
 * alone; documents packed in isolation give what each gives by itself.  Spans of the
 * gradient must become ready from the end of the block to its beginning, each element
 * once. */
#include "src/model/bert.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/model/decode.h"
#include "tests/fill.h"
#include "tests/gradcheck.h"
#include "tests/refbert.h"
#include "tests/tap.h"
#include "tests/toy.h"

#define PRE .kind = KIND_MEGATRON_BERT
#define DROPOUT .hidden_dropout = 0.1, .attention_dropout = 0.2
#define WHOLE .max_tokens = 4000, .max_sequences = 200

typedef void batch_fn(struct batch *batch, int64_t B, uint64_t seed);

static const struct trial {
    const char *name;
    uint32_t objectives;
    enum kind_id kind;
    enum gelu_kind gelu;
    double hidden_dropout, attention_dropout;
    batch_fn *batch;                   /* NULL: toy_batch */
    int64_t max_tokens, max_sequences; /* of a chunk; 0: 400, 20 */
    int64_t sequences;                 /* 0: 9 */
    int64_t D, E;                      /* 0: 8, 16 */
} trials[] = {
    {"whole", TOY_PAIRS, .batch = toy_batch},
    {"tanh", TOY_PAIRS, .gelu = GELU_TANH},
    {"no pairs", TOY_SINGLE, .batch = toy_batch},
    {"chunks of 45 tokens", TOY_PAIRS, .max_tokens = 45},
    {"chunks of one sequence", TOY_PAIRS, .max_sequences = 1},
    {"dropout", TOY_PAIRS, .hidden_dropout = 0.1, .attention_dropout = 0.2},
    {"hidden dropout, chunks", TOY_PAIRS, .hidden_dropout = 0.5, .max_tokens = 45},
    {"attention dropout, chunks", TOY_PAIRS, .attention_dropout = 0.5,
     .max_tokens = 30},
    {"slabs of masked rows", TOY_PAIRS, WHOLE, .sequences = 150},
    {"packed", TOY_PAIRS, .batch = toy_packed_batch},
    {"packed, chunks", TOY_SINGLE, .batch = toy_packed_batch, .max_tokens = 45},
    {"packed, dropout", TOY_PAIRS, DROPOUT, .batch = toy_packed_batch,
     .max_tokens = 45},
    {"hidden", TOY_PAIRS, .batch = toy_hidden_batch},
    {"pre", TOY_PAIRS, PRE},
    {"pre, chunks, dropout", TOY_PAIRS, PRE, DROPOUT, .gelu = GELU_TANH,
     .max_tokens = 45},
    {"pre, packed", TOY_SINGLE, PRE, .hidden_dropout = 0.1, .batch = toy_packed_batch,
     .max_tokens = 45},
    {"pre, many rows", TOY_PAIRS, PRE, DROPOUT, WHOLE, .sequences = 40},
    {"pre, hidden", TOY_PAIRS, PRE, .batch = toy_hidden_batch},
    {"heads of 5", TOY_PAIRS, DROPOUT, .D = 5},
    {"pre, heads of 12", TOY_PAIRS, PRE, .batch = toy_packed_batch, .max_tokens = 45,
     .D = 12},
    {"order", TOY_ORDER, .batch = toy_batch},
    {"order, dropout, chunks", TOY_ORDER, DROPOUT, .gelu = GELU_TANH, .max_tokens = 45},
    {"spans", TOY_SPANS, .batch = toy_batch},
    {"spans, chunks, dropout", TOY_SPANS, DROPOUT, .gelu = GELU_TANH, .max_tokens = 45},
    {"spans, slabs", TOY_SPANS, WHOLE, .batch = toy_hidden_batch, .sequences = 20},
    {"spans, packed", TOY_SPANS, .batch = toy_packed_batch},
    {"spans beyond all places, hidden", TOY_SPANS, .batch = toy_hidden_batch,
     .max_tokens = 90},
    {"pre, spans", TOY_SPANS, PRE, DROPOUT, .max_tokens = 45},
    {"narrow embeddings", TOY_PAIRS, .kind = KIND_ELECTRA, .E = 9},
    {"narrow, packed", TOY_SINGLE, DROPOUT, .kind = KIND_ELECTRA,
     .batch = toy_packed_batch, .max_tokens = 45, .E = 8},
    {"wide embeddings", TOY_PAIRS, DROPOUT, WHOLE, .gelu = GELU_TANH, .sequences = 40,
     .E = 40},
    {"pre, narrow", TOY_PAIRS, PRE, DROPOUT, .max_tokens = 45, .E = 9},
    {"taught", TOY_TAUGHT, .batch = toy_batch},
    {"latent alone", TOY_LATENT, DROPOUT, .max_tokens = 45},
    {"taught, chunks, dropout", TOY_TAUGHT, DROPOUT, .max_tokens = 45},
    {"taught, slabs", TOY_TAUGHT, WHOLE, .batch = toy_hidden_batch, .sequences = 20},
    {"taught, packed", TOY_TAUGHT, .batch = toy_packed_batch, .max_tokens = 45},
    {"related", TOY_RELATED, .batch = toy_batch},
    {"related, chunks, dropout", TOY_RELATED, DROPOUT, .max_tokens = 45},
    {"related, packed", TOY_RELATED, .batch = toy_packed_batch, .max_tokens = 45},
    {"pre, related", TOY_RELATED, PRE, DROPOUT, .max_tokens = 45, .D = 12},
    {"pre, taught", TOY_TAUGHT, PRE, DROPOUT, .max_tokens = 45, .E = 9},
    {"spans, narrow", TOY_SPANS, DROPOUT, .max_tokens = 45, .E = 9},
    {"replaced", TOY_REPLACED, .batch = toy_batch},
    {"replaced, narrow, chunks, dropout", TOY_REPLACED, DROPOUT, .kind = KIND_ELECTRA,
     .gelu = GELU_TANH, .max_tokens = 45, .E = 9},
    {"replaced, many rows", TOY_REPLACED | OBJECTIVE_SET(NSP), DROPOUT, WHOLE,
     .sequences = 40},
    {"replaced, packed", TOY_REPLACED, .batch = toy_packed_batch, .max_tokens = 45},
    {"pre, replaced, hidden", TOY_REPLACED, PRE, .batch = toy_hidden_batch},
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
        struct model_step step = {.on_ready = watch_span,
                                  .need = watch_need,
                                  .poll = count_poll,
                                  .context = &watch};
        memcpy(step.scale, ref->scale, sizeof step.scale);
        n = model_chunk(model, batch, first);
        struct targets targets;
        if (ref->targets) {
            targets = targets_of(ref->targets, batch, first, n);
            step.targets = &targets;
        }
        model_train(model, weights, grads, batch, first, n, &step, sums);
        *ready = *ready && watch.good && watch.next == 0 && watch.polls > 0 &&
                 watch.needed == weights->table->total;
    }
    return chunks;
}

/* Smaller gradients count as this large.  That of a key
 * bias is 0, as softmax ignores a shift: what rounding leaves of it is held against the
 * query bias's. */
static double floor_of(const struct params_table *table, const struct tensor *tensor,
                       const double *truth) {
    static const char key[] = "self.key.bias";
    size_t stem = strlen(tensor->name) - strlen(key);
    if (strcmp(tensor->name + stem, key) != 0)
        return 1e-2;
    char query[TENSOR_NAME_SIZE];
    double sum = 0;
    snprintf(query, sizeof query, "%.*sself.query.bias", (int)stem, tensor->name);
    const struct tensor *q = params_find(table, query);
    for (size_t j = 0; j < q->count; j++)
        sum += truth[q->offset + j] * truth[q->offset + j];
    return sqrt(sum);
}

static void compare(const char *name, const struct params *grads, const double *truth) {
    const struct params_table *table = grads->table;
    for (int i = 0; i < table->count; i++) {
        const struct tensor *tensor = &table->tensors[i];
        double *got = mem_alloc(tensor->count, sizeof *got);
        for (size_t j = 0; j < tensor->count; j++)
            got[j] = (double)grads->data[tensor->offset + j];
        double far = gradcheck_distance(got, truth + tensor->offset, tensor->count,
                                        floor_of(table, tensor, truth));
        ok(far < 1e-5, "%s: %s (%.1e)", name, tensor->name, far);
        mem_free(got);
    }
}

static void check_sums(const char *name, const struct model_sums *sums,
                       const struct batch *batch, uint32_t set) {
    int64_t labelled = 0;
    for (int64_t b = 0; b < batch->B; b++)
        labelled += batch->next[b] >= 0;
    is_int(sums->tokens, batch->T, "%s: tokens", name);
    is_int(sums->sequences, batch->B, "%s: sequences", name);
    for (int i = 0; i < OBJECTIVES; i++)
        is_int(sums->of[i].count,
               !objectives_has(set, i)                         ? 0
               : i == OBJECTIVE_RTD || i == OBJECTIVE_RELATION ? batch->T
               : objective_words[i].packing                    ? labelled
                                                               : batch->M,
               "%s: %s", name, objective_words[i].unit);
}

/* A batch, and the plain model's loss and gradient of it. */
struct truth {
    struct refbert ref;
    struct params_table table;
    struct params weights;
    struct batch batch;
    struct toy_targets targets;
    double loss, *grads;
};

static struct model_options options_of(const struct trial *trial) {
    struct model_options options = toy_options();
    options.objectives = trial->objectives;
    options.shape.gelu = trial->gelu;
    options.shape.kind = trial->kind;
    options.shape.D = trial->D ? trial->D : options.shape.D;
    options.shape.E = trial->E ? trial->E : options.shape.E;
    options.hidden_dropout = trial->hidden_dropout;
    options.attention_dropout = trial->attention_dropout;
    options.max_tokens = trial->max_tokens ? trial->max_tokens : options.max_tokens;
    options.max_sequences =
        trial->max_sequences ? trial->max_sequences : options.max_sequences;
    options.shape.P = options.max_length = TOY_LONG;
    return options;
}

static void truth_init(struct truth *t, const struct trial *trial) {
    *t = (struct truth){.ref = {.options = options_of(trial),
                                .scale = {[OBJECTIVE_MLM] = 0.05,
                                          [OBJECTIVE_NSP] = 0.2,
                                          [OBJECTIVE_SOP] = 0.3,
                                          [OBJECTIVE_SBO] = 0.04,
                                          [OBJECTIVE_SOFT] = 0.04,
                                          [OBJECTIVE_RELATION] = 0.02,
                                          [OBJECTIVE_COSINE] = 0.06,
                                          [OBJECTIVE_RTD] = 0.02,
                                          [OBJECTIVE_LATENT] = 0.07}}};
    t->ref.table = &t->table;
    model_layout(&t->table, &t->ref.options.shape, trial->objectives);
    params_init(&t->weights, &t->table);
    toy_weights(&t->weights, 5);
    (trial->batch ? trial->batch
                  : toy_batch)(&t->batch, trial->sequences ? trial->sequences : 9, 4);
    toy_targets_init(&t->targets, &t->batch, 7);
    t->ref.targets = &t->targets.of;
    double *w = mem_alloc(t->table.total, sizeof *w);
    t->grads = mem_alloc(t->table.total, sizeof *t->grads);
    for (size_t j = 0; j < t->table.total; j++)
        w[j] = (double)t->weights.data[j];
    t->loss = refbert_loss(&t->ref, w, &t->batch, t->grads);
    mem_free(w);
}

static void truth_fini(struct truth *t) {
    mem_free(t->grads);
    toy_targets_fini(&t->targets);
    batch_fini(&t->batch);
    params_fini(&t->weights);
    params_table_fini(&t->table);
}

/* With the kernels that there are now. */
static void check_model(const char *name, const struct truth *t) {
    struct params grads;
    struct model_sums sums = {0};
    bool ready = true;
    double loss = 0;
    params_init(&grads, &t->table);
    struct model *model = model_create(&t->ref.options, &t->table);
    int chunks = train(model, &t->weights, &grads, &t->batch, &t->ref, &ready, &sums);
    for (int i = 0; i < OBJECTIVES; i++)
        loss += t->ref.scale[i] * sums.of[i].loss;
    ok(fabs(loss - t->loss) < 1e-6 * t->loss, "%s: loss %.8f, in double %.8f", name,
       loss, t->loss);
    ok(chunks > 1 || t->batch.T <= t->ref.options.max_tokens, "%s: %d chunks", name,
       chunks);
    ok(ready, "%s: spans are ready from the end to the beginning", name);
    check_sums(name, &sums, &t->batch, t->ref.options.objectives);
    compare(name, &grads, t->grads);
    model_destroy(model);
    params_fini(&grads);
}

static void test_trial(const struct trial *trial) {
    struct truth truth;
    char name[80];
    truth_init(&truth, trial);
    ok((truth.batch.N > truth.batch.B) == (trial->batch == toy_packed_batch),
       "%s: %d spans", trial->name, (int)truth.batch.N);
    ok((truth.batch.M == truth.batch.T) == (trial->batch == toy_hidden_batch) &&
           (truth.batch.M > DECODE_SLAB || !strstr(trial->name, "slabs")),
       "%s: %d masked", trial->name, (int)truth.batch.M);
    for (int isa = 0; fill_isa(isa); isa++) {
        snprintf(name, sizeof name, "%s, kernels %d", trial->name, isa);
        check_model(name, &truth);
    }
    truth_fini(&truth);
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
    shape.E = kind == KIND_ELECTRA ? 12 : shape.H;
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
    for (size_t i = 0; i < sizeof trials / sizeof *trials; i++)
        test_trial(&trials[i]);
    for (int kind = 0; kind < MODEL_KINDS; kind++)
        test_threads((enum kind_id)kind);
    test_apart();
    return tap_done();
}
