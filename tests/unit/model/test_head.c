/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: of each head for tasks the loss, the logits and the gradients must be those of
 * the head written out in double over the encoder's own output, whose gradients are
 * finite differences; with dropout on, the whole gradient must tell how the loss
 * changes along it; and any number of threads must find the same bits. */
#include "src/model/head.h"

#include <math.h>
#include <omp.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/model/bert.h"
#include "tests/gradcheck.h"
#include "tests/near.h"
#include "tests/tap.h"

enum { B = 5, LENGTH = 7, MOST = B * LENGTH, H = 8, C = 3 };

static const struct kind {
    const char *name;
    enum objective_id id;
    int64_t columns;
    bool pooled, counted; /* each loss counts something else */
    enum kind_id model;
} kinds[] = {
    {"classify", OBJECTIVE_CLASSIFY, C, true, false, KIND_BERT},
    {"regress", OBJECTIVE_REGRESS, 1, true, false, KIND_BERT},
    {"tag", OBJECTIVE_TAG, C, false, false, KIND_BERT},
    {"multilabel", OBJECTIVE_MULTILABEL, C, true, false, KIND_BERT},
    {"choose", OBJECTIVE_CHOOSE, 1, true, false, KIND_BERT},
    {"choose, pre-LN", OBJECTIVE_CHOOSE, 1, true, false, KIND_MEGATRON_BERT},
    {"answer", OBJECTIVE_ANSWER, 2, false, false, KIND_BERT},
    {"answer, pre-LN", OBJECTIVE_ANSWER, 2, false, false, KIND_MEGATRON_BERT},
    {"classify, weighted", OBJECTIVE_CLASSIFY, C, true, true, KIND_BERT},
    {"tag, weighted", OBJECTIVE_TAG, C, false, true, KIND_BERT},
    {"classify, pre-LN", OBJECTIVE_CLASSIFY, C, true, false, KIND_MEGATRON_BERT},
    {"tag, pre-LN", OBJECTIVE_TAG, C, false, false, KIND_MEGATRON_BERT},
    {"classify, electra", OBJECTIVE_CLASSIFY, C, true, false, KIND_ELECTRA},
    {"regress, electra", OBJECTIVE_REGRESS, 1, true, false, KIND_ELECTRA},
    {"multilabel, electra", OBJECTIVE_MULTILABEL, C, true, false, KIND_ELECTRA},
    {"choose, electra", OBJECTIVE_CHOOSE, 1, true, false, KIND_ELECTRA},
    {"marked", OBJECTIVE_MARKED, C, true, false, KIND_BERT},
    {"marked, weighted", OBJECTIVE_MARKED, C, true, true, KIND_MEGATRON_BERT},
};

/* A model, its weights, and a batch that asks it. */
struct trial {
    const struct kind *kind;
    struct params_table table;
    struct params weights, grads;
    struct model *model;
    struct batch batch;
    float counts[MOST];
};

/* One more question, at a row. */
static void ask(struct example *e, float *scores, int32_t row, int32_t label,
                float score) {
    e->positions[e->masked] = row;
    e->labels[e->masked] = label;
    scores[e->masked++] = score;
}

/* Where the candidates of sequence b after the first begin; returns how many. */
static int32_t candidates(int32_t b, int32_t cuts[2]) {
    cuts[0] = 2;
    cuts[1] = 4;
    return 1 + b % 2;
}

/* What is asked of sequence b: of sets its labels, which are the bits of b; of choices
 * the right one's first row; of answers where it begins and ends; of marked words the
 * label, and where they are. */
static void ask_all(const struct kind *kind, int32_t b, struct example *e,
                    float *scores) {
    switch (kind->id) {
    case OBJECTIVE_CLASSIFY: ask(e, scores, 0, b % C, 0); break;
    case OBJECTIVE_REGRESS: ask(e, scores, 0, 0, 0.7f * (float)b - 1); break;
    case OBJECTIVE_TAG:
        for (int32_t t = 1; t < e->length; t += 2)
            ask(e, scores, t, (b + t) % C, 0);
        break;
    case OBJECTIVE_ANSWER:
        ask(e, scores, b % 4, 0, 0);
        ask(e, scores, b % 4 + b % 2, 0, 0);
        break;
    case OBJECTIVE_MARKED:
        ask(e, scores, 0, b % C, 0);
        ask(e, scores, 1 + b % 2, b % C, 0);
        ask(e, scores, e->length - 1 - b % 2, b % C, 0);
        break;
    case OBJECTIVE_CHOOSE:
        e->cut_count = candidates(b, e->cuts);
        ask(e, scores, b % 3 ? e->cuts[(b % 3 - 1) % e->cut_count] : 0, 0, 0);
        break;
    default:
        for (int32_t c = 0; c < C; c++)
            if (b >> c & 1)
                ask(e, scores, 0, c, 0);
    }
}

static void make_batch(const struct kind *kind, struct batch *batch) {
    batch_init(batch, B, LENGTH);
    for (int32_t b = 0; b < B; b++) {
        int32_t ids[LENGTH], positions[LENGTH], labels[LENGTH], cuts[2];
        float scores[LENGTH];
        struct example e = {.length = LENGTH - b % 3,
                            .split = 3,
                            .next = NEXT_NONE,
                            .ids = ids,
                            .positions = positions,
                            .labels = labels,
                            .cuts = cuts,
                            .scores = scores};
        for (int32_t t = 0; t < e.length; t++)
            ids[t] = (7 * b + 3 * t) % 11;
        ask_all(kind, b, &e, scores);
        batch_add(batch, &e, (struct origin){0, (uint64_t)b});
    }
}

static void trial_init(struct trial *t, const struct kind *kind, double dropout) {
    const struct model_options options = {.shape = {.L = 2,
                                                    .H = H,
                                                    .E = H,
                                                    .A = 2,
                                                    .D = H / 2,
                                                    .F = 12,
                                                    .V = 11,
                                                    .P = LENGTH,
                                                    .S = 2,
                                                    .C = kind->columns,
                                                    .kind = kind->model,
                                                    .norm_eps = 1e-12},
                                          .objectives = (uint32_t)1 << kind->id,
                                          .hidden_dropout = dropout,
                                          .attention_dropout = dropout,
                                          .max_tokens = MOST,
                                          .max_sequences = MOST,
                                          .max_length = LENGTH};
    *t = (struct trial){.kind = kind};
    model_layout(&t->table, &options.shape, options.objectives);
    params_init(&t->weights, &t->table);
    params_init(&t->grads, &t->table);
    model_init(&t->weights, 3, 0.5);
    t->model = model_create(&options, &t->table);
    make_batch(kind, &t->batch);
    for (int m = 0; m < MOST; m++)
        t->counts[m] = 0.3f + (float)(m % 3);
    t->batch.counts = kind->counted ? t->counts : NULL;
}

static void trial_fini(struct trial *t) {
    batch_fini(&t->batch);
    model_destroy(t->model);
    params_fini(&t->weights);
    params_fini(&t->grads);
    params_table_fini(&t->table);
}

/* Losses of the batch. */
static int64_t count_of(const struct trial *t) {
    return t->kind->id == OBJECTIVE_MULTILABEL || t->kind->id == OBJECTIVE_MARKED
               ? t->batch.B
               : t->batch.M;
}

/* Rows that the head judges, and which they are. */
static int64_t rows_of(const struct trial *t) {
    return t->kind->id == OBJECTIVE_ANSWER ? t->batch.T
           : t->kind->pooled               ? t->batch.N
                                           : t->batch.M;
}

static int32_t row_of(const struct trial *t, int64_t i) {
    return t->kind->id == OBJECTIVE_ANSWER ? (int32_t)i
           : t->kind->pooled               ? t->batch.spans[i]
                                           : t->batch.masked[i];
}

/* One chunk up and down: the loss; gradients of its mean are in t->grads. */
static double train(struct trial *t) {
    struct model_sums sums = {0};
    struct model_step step = {0};
    uint64_t counts[OBJECTIVES];
    int64_t count = count_of(t);
    step.scale[t->kind->id] = 1.0 / (double)count;
    memset(t->grads.data, 0, t->table.total * sizeof *t->grads.data);
    model_train(t->model, &t->weights, &t->grads, &t->batch, 0, B, &step, &sums);
    model_count(t->model, &t->batch, counts);
    is_int(sums.of[t->kind->id].count, count, "%s: every question counts",
           t->kind->name);
    is_int((int64_t)counts[t->kind->id], count, "%s: as is known before",
           t->kind->name);
    return sums.of[t->kind->id].loss / (double)count;
}

/* ---- the head in double ---- */

struct reference {
    const struct trial *trial;
    double *head; /* pooler if there is one, classifier.weight, classifier.bias */
    size_t head_count;
    double shift[H]; /* of every row of the encoder's output, which last is a norm's */
    double stretch[H]; /* likewise, by how much of itself each is more */
    double *hidden;    /* (T,H) */
    double *logits;    /* (rows,columns) */
};

/* ELECTRA's is gelu, BERT's is tanh. */
static void pooled_row(const double *w, bool gelu, const double *row, double out[H]) {
    for (int i = 0; i < H; i++) {
        double sum = w[H * H + i];
        for (int j = 0; j < H; j++)
            sum += w[i * H + j] * row[j];
        out[i] = gelu ? sum * (1 + erf(sum / sqrt(2))) / 2 : tanh(sum);
    }
}

/* -log of the share of one of n numbers that lie `stride` apart. */
static double choice(const double *logits, int64_t n, int64_t stride, int64_t right) {
    double most = logits[0], sum = 0;
    for (int64_t i = 1; i < n; i++)
        most = fmax(most, logits[i * stride]);
    for (int64_t i = 0; i < n; i++)
        sum += exp(logits[i * stride] - most);
    return log(sum) + most - logits[right * stride];
}

static double loss_of_set(const double *logits, int set) {
    double sum = 0;
    for (int c = 0; c < C; c++) {
        double p = 1 / (1 + exp(-logits[c]));
        sum -= set >> c & 1 ? log(p) : log(1 - p);
    }
    return sum / C;
}

/* Of sequence b, by the logits of all spans. */
static double loss_of_choice(const struct batch *batch, int64_t b,
                             const double *logits) {
    int32_t first = batch->span_starts[b], end = batch->span_starts[b + 1], right = 0;
    for (int32_t n = first; n < end; n++)
        if (batch->spans[n] == batch->masked[b])
            right = n - first;
    return choice(logits + first, end - first, 1, right);
}

/* Of masked row i, by the logits (T,2) of all rows: a begin, or an end. */
static double loss_of_end(const struct batch *batch, int64_t i, const double *logits) {
    int32_t first = batch->starts[i / 2], end = batch->starts[i / 2 + 1];
    return choice(logits + 2 * first + i % 2, end - first, 2, batch->masked[i] - first);
}

/* Of masked row m. */
static double loss_of_label(const struct trial *t, int64_t m, const double *logits) {
    return (t->kind->counted ? (double)t->counts[m] : 1) *
           choice(logits, C, 1, t->batch.labels[m]);
}

/* The sum of all losses, of logits (rows, columns). */
static double losses_of(const struct trial *t, const double *logits) {
    double sum = 0;
    for (int64_t i = 0; i < count_of(t); i++) {
        const double *row = logits + i * t->kind->columns;
        double miss = row[0] - (double)t->batch.scores[i];
        if (t->kind->id == OBJECTIVE_REGRESS)
            sum += miss * miss;
        else if (t->kind->id == OBJECTIVE_ANSWER)
            sum += loss_of_end(&t->batch, i, logits);
        else if (t->kind->id == OBJECTIVE_CHOOSE)
            sum += loss_of_choice(&t->batch, i, logits);
        else if (t->kind->id == OBJECTIVE_MULTILABEL)
            sum += loss_of_set(row, (int)i);
        else
            sum += loss_of_label(t, t->kind->id == OBJECTIVE_MARKED ? 3 * i : i, row);
    }
    return sum;
}

/* A row of the encoder's output. */
static void take_row(const struct reference *r, int32_t at, double row[H]) {
    for (int i = 0; i < H; i++)
        row[i] = r->hidden[at * H + i] * (1 + r->stretch[i]) + r->shift[i];
}

/* What the classifier sees of row n: H numbers, or of marked words 3H; returns how
 * many. */
static int64_t take_input(const struct reference *r, int64_t n, double x[3 * H]) {
    const struct trial *t = r->trial;
    double row[H];
    take_row(r, row_of(t, n), row);
    if (t->kind->pooled)
        pooled_row(r->head, t->kind->model == KIND_ELECTRA, row, x);
    else
        memcpy(x, row, sizeof row);
    if (t->kind->id != OBJECTIVE_MARKED)
        return H;
    take_row(r, t->batch.masked[3 * n + 1], x + H);
    take_row(r, t->batch.masked[3 * n + 2], x + 2 * H);
    return 3 * H;
}

/* The mean loss. */
static double reference_loss(void *context) {
    const struct reference *r = context;
    const struct trial *t = r->trial;
    int64_t columns = t->kind->columns;
    const double *classifier = r->head + (t->kind->pooled ? H * H + H : 0);
    for (int64_t n = 0; n < rows_of(t); n++) {
        double x[3 * H];
        int64_t width = take_input(r, n, x);
        for (int64_t c = 0; c < columns; c++) {
            double logit = classifier[columns * width + c];
            for (int64_t i = 0; i < width; i++)
                logit += classifier[c * width + i] * x[i];
            r->logits[n * columns + c] = logit;
        }
    }
    return losses_of(t, r->logits) / (double)count_of(t);
}

static void reference_init(struct reference *r, struct trial *t) {
    size_t T = (size_t)t->batch.T, from = t->table.total;
    float *hidden = mem_alloc(T * H, sizeof *hidden);
    *r = (struct reference){.trial = t};
    for (int i = t->table.count - 1; i >= 0 && t->table.tensors[i].offset > 0; i--)
        if (!strstr(t->table.tensors[i].name, "bert.e"))
            from = t->table.tensors[i].offset;
    r->head_count = t->table.total - from;
    r->head = mem_alloc(r->head_count, sizeof *r->head);
    r->hidden = mem_alloc(T * H, sizeof *r->hidden);
    r->logits = mem_alloc(MOST * C, sizeof *r->logits);
    model_predict(t->model, &t->weights, &t->batch, 0, B, NULL, hidden, NULL);
    for (size_t i = 0; i < T * H; i++)
        r->hidden[i] = hidden[i];
    for (size_t i = 0; i < r->head_count; i++)
        r->head[i] = t->weights.data[from + i];
    mem_free(hidden);
}

static void reference_fini(struct reference *r) {
    mem_free(r->head);
    mem_free(r->hidden);
    mem_free(r->logits);
}

static double *widen(const float *x, size_t n) {
    double *wide = mem_alloc(n, sizeof *wide);
    for (size_t i = 0; i < n; i++)
        wide[i] = x[i];
    return wide;
}

/* What is added last to the encoder's output. */
static const char *const last_biases[] = {
    [KIND_BERT] = "bert.encoder.layer.1.output.LayerNorm.bias",
    [KIND_ELECTRA] = "bert.encoder.layer.1.output.LayerNorm.bias",
    [KIND_MEGATRON_BERT] = "bert.encoder.ln.bias"};

/* The last norm's weights are 1 and its biases 0: its output is what they stretch. */
static void check_stretch(struct trial *t, struct reference *r) {
    struct str name = {0};
    const char *bias = last_biases[t->kind->model];
    str_printf(&name, "%.*sweight", (int)(strlen(bias) - strlen("bias")), bias);
    double *x = widen(t->grads.data + params_find(&t->table, name.data)->offset, H);
    struct gradcheck check = {r->stretch, x, H, H, 1e-5, 1e-9};
    double error = gradcheck_error(&check, reference_loss, r);
    ok(error < 1e-5, "%s: row by row, %.1e", t->kind->name, error);
    mem_free(x);
    str_fini(&name);
}

static void check_gradients(struct trial *t, struct reference *r) {
    const struct tensor *norm = params_find(&t->table, last_biases[t->kind->model]);
    double *head = widen(t->grads.data + t->table.total - r->head_count, r->head_count);
    double *x = widen(t->grads.data + norm->offset, H);
    struct gradcheck check = {r->head, head, r->head_count, r->head_count, 1e-5, 1e-9};
    double error = gradcheck_error(&check, reference_loss, r);
    ok(error < 1e-5, "%s: gradients of the head, %.1e", t->kind->name, error);
    check = (struct gradcheck){r->shift, x, H, H, 1e-5, 1e-9};
    error = gradcheck_error(&check, reference_loss, r);
    if (t->kind->id != OBJECTIVE_ANSWER) /* a shift of all rows changes no choice */
        ok(error < 1e-5, "%s: gradient of the encoder's output, %.1e", t->kind->name,
           error);
    mem_free(head);
    mem_free(x);
    check_stretch(t, r);
}

static void check_kind(const struct kind *kind) {
    struct trial t;
    struct reference r;
    float logits[MOST * C];
    trial_init(&t, kind, 0);
    reference_init(&r, &t);
    double got = train(&t), want = reference_loss(&r);
    ok(fabs(got - want) < 1e-6, "%s: the loss, %.7f and %.7f", kind->name, got, want);
    is_int(model_answer(t.model, &t.weights, &t.batch, 0, B, logits), rows_of(&t),
           "%s: every row has logits", kind->name);
    near_f32(rows_of(&t) * kind->columns, logits, r.logits,
             (struct near_limits){1, 1e-6, 1e-5}, "%s: the logits", kind->name);
    check_gradients(&t, &r);
    reference_fini(&r);
    trial_fini(&t);
}

/* A step along the gradient changes the loss by its squared norm. */
static void check_dropout(const struct kind *kind) {
    struct trial t;
    trial_init(&t, kind, 0.3);
    double loss = train(&t), norm = 0;
    float *along = mem_copy(t.grads.data, t.table.total * sizeof *along);
    for (size_t i = 0; i < t.table.total; i++)
        norm += (double)along[i] * along[i];
    double step = 1e-3 / sqrt(norm), sides[2];
    for (int k = 0; k < 2; k++) {
        for (size_t i = 0; i < t.table.total; i++)
            t.weights.data[i] += (float)(k ? -2 * step : step) * along[i];
        sides[k] = train(&t);
    }
    double slope = (sides[0] - sides[1]) / (2 * step) / norm;
    ok(fabs(slope - 1) < 0.01, "%s: along the gradient with dropout, %.4f", kind->name,
       slope);
    model_destroy(t.model);
    t.model = NULL;
    struct trial plain;
    trial_init(&plain, kind, 0);
    ok(fabs(train(&plain) - loss) > 1e-4, "%s: dropout is there", kind->name);
    trial_fini(&plain);
    mem_free(along);
    trial_fini(&t);
}

static void check_threads(const struct kind *kind) {
    struct trial one, more;
    trial_init(&one, kind, 0.3);
    double loss = train(&one);
    for (int threads = 2; threads <= 4; threads++) {
        omp_set_num_threads(threads);
        trial_init(&more, kind, 0.3);
        ok(train(&more) == loss && memcmp(more.grads.data, one.grads.data,
                                          one.table.total * sizeof(float)) == 0,
           "%s: %d threads, the same loss and gradient to the bit", kind->name,
           threads);
        trial_fini(&more);
    }
    omp_set_num_threads(1);
    trial_fini(&one);
}

int main(void) {
    omp_set_num_threads(1);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        check_kind(&kinds[i]);
        check_dropout(&kinds[i]);
        check_threads(&kinds[i]);
    }
    return tap_done();
}
