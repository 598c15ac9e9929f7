/* SPDX-License-Identifier: Apache-2.0 */
/* The step: see step.h.  Two small sums go round besides the gradients: counts before
 * the backward pass, because losses are divided by the global count of masked rows and
 * pairs, and losses after it, with the gradient's norm. */
#include "src/train/step.h"

#include <math.h>
#include <string.h>

#include "mpi/agree.h"
#include "mpi/gather.h"
#include "mpi/reduce.h"
#include "src/base/mem.h"
#include "src/base/stage.h"
#include "src/base/timer.h"
#include "src/model/bert.h"
#include "src/train/finite.h"
#include "src/train/mover.h"

/* What is counted of a batch, and after it the losses of each objective and the tokens
 * of each source. */
enum {
    COUNT_FAULTS,
    COUNT_TOKENS,
    COUNT_SEQUENCES,
    COUNT_HASH,
    COUNT_ASKED,
    COUNT_WAITED,
    COUNT_UNKNOWN,
    COUNT_OBJECTIVES,
    COUNTS = COUNT_OBJECTIVES + OBJECTIVES
};

struct stepper {
    const struct config *config;
    struct shape shape;
    struct comm *comm;
    struct model *model;
    struct reducer *reducer;
    struct params weights, grads; /* borrowed from it */
    struct mover *mover;
    struct step_seconds seconds;
    uint64_t *counts; /* (COUNTS + data.sources) of the global batch */
};

static struct model_options model_options_of(const struct stepper_options *o) {
    const struct config *c = o->config;
    return (struct model_options){.shape = o->shape,
                                  .hidden_dropout = c->model_hidden_dropout,
                                  .attention_dropout = c->model_attention_dropout,
                                  .dropout_seed = config_data_seed(c),
                                  .max_tokens = c->train_chunk_tokens,
                                  .max_sequences = o->max_sequences,
                                  .max_length = o->max_length};
}

/* Its list of what must be whole is owned. */
static struct reducer_options reducer_options_of(const struct stepper_options *o) {
    const struct config *c = o->config;
    return (struct reducer_options){.total = o->table->total,
                                    .blocking =
                                        strcmp(c->train_reduction, "blocking") == 0,
                                    .narrow = strcmp(c->train_wire, "bf16") == 0,
                                    .whole = mover_whole(c, o->table)};
}

struct stepper_memory stepper_measure(const struct stepper_options *o,
                                      struct comm *comm) {
    const struct model_options model = model_options_of(o);
    const struct reducer_options reducer = reducer_options_of(o);
    struct mover_memory mover = mover_measure(o->config, o->table, comm);
    size_t reduction = reducer_measure(comm, &reducer);
    mem_free(reducer.whole.items);
    return (struct stepper_memory){.state = reduction + mover.state,
                                   .activations = model_measure(&model),
                                   .saved = mover.saved};
}

static void make_blocks(struct stepper *s, const struct stepper_options *o) {
    const struct reducer_options options = reducer_options_of(o);
    s->reducer = reducer_create(s->comm, &options);
    mem_free(options.whole.items);
    s->weights = (struct params){o->table, reducer_weights(s->reducer)};
    s->grads = (struct params){o->table, reducer_gradients(s->reducer)};
    s->mover = mover_create(o->config, o->table, s->comm, s->reducer);
}

struct stepper *stepper_create(const struct stepper_options *o, struct comm *comm) {
    const struct config *c = o->config;
    struct stepper *s = mem_alloc(1, sizeof *s);
    s->config = c;
    s->shape = o->shape;
    s->comm = comm;
    s->counts = mem_alloc(COUNTS + (size_t)c->source_count, sizeof *s->counts);
    const struct model_options model = model_options_of(o);
    s->model = model_create(&model, o->table);
    make_blocks(s, o);
    return s;
}

struct model *stepper_model(struct stepper *s) {
    return s->model;
}

struct params *stepper_weights(struct stepper *s) {
    gather_end(s->reducer);
    return &s->weights;
}

struct mover *stepper_mover(struct stepper *s) {
    return s->mover;
}

size_t stepper_state_bytes(const struct stepper *s) {
    return reducer_bytes(s->reducer) + mover_bytes(s->mover);
}

/* ---- before: what the global batch is, and whether every rank has its share ---- */

static void count_own(struct stepper *s, const struct step_input *in) {
    uint64_t *counts = s->counts;
    const struct batch *batch = in->batch;
    counts[COUNT_FAULTS] = in->data_rc < 0;
    model_count(batch, counts + COUNT_OBJECTIVES);
    counts[COUNT_TOKENS] = (uint64_t)batch->T;
    counts[COUNT_SEQUENCES] = (uint64_t)batch->B;
    counts[COUNT_HASH] = in->hash;
    counts[COUNT_ASKED] = in->ask;
    counts[COUNT_WAITED] = (uint64_t)(1e9 * in->waited);
    counts[COUNT_UNKNOWN] = in->unknown;
    for (int i = 0; i < s->config->source_count; i++)
        counts[COUNTS + i] = in->source_tokens ? in->source_tokens[i] : 0;
}

static int count_globally(struct stepper *s, const struct step_input *in,
                          struct step_report *r, struct err *err) {
    const uint64_t *counts = s->counts;
    enum stage outer = stage_to(STAGE_COUNT);
    count_own(s, in);
    comm_sum_u64(s->comm, s->counts, COUNTS + (size_t)s->config->source_count);
    stage_to(outer);
    for (int i = 0; i < OBJECTIVES; i++)
        r->of[i].count = counts[COUNT_OBJECTIVES + i];
    r->tokens = counts[COUNT_TOKENS];
    r->sequences = counts[COUNT_SEQUENCES];
    r->batch_hash = counts[COUNT_HASH];
    r->asked = counts[COUNT_ASKED] > 0;
    r->unknown = counts[COUNT_UNKNOWN];
    r->waited = 1e-9 * (double)counts[COUNT_WAITED] / comm_size(s->comm);
    r->source_tokens = counts + COUNTS;
    return counts[COUNT_FAULTS] > 0 ? comm_agree(s->comm, in->data_rc, err) : 0;
}

/* ---- forward and backward ---- */

static void span_ready(struct span span, void *reducer) {
    enum stage outer = stage_to(STAGE_REDUCE);
    reduce_begin(reducer, span);
    stage_to(outer);
}

static void await_weights(struct span span, void *reducer) {
    enum stage outer = stage_to(STAGE_GATHER);
    gather_wait(reducer, span);
    stage_to(outer);
}

static void move_on(void *reducer) {
    enum stage outer = stage_to(STAGE_REDUCE);
    reduce_poll(reducer);
    stage_to(outer);
}

static void compute(struct stepper *s, const struct batch *batch,
                    const struct step_report *r, struct model_sums *sums) {
    struct model_step step = {.poll = move_on, .context = s->reducer};
    for (int i = 0; i < OBJECTIVES; i++)
        step.scale[i] = r->of[i].count ? 1.0 / (double)r->of[i].count : 0;
    for (int64_t first = 0, count; first < batch->B; first += count) {
        count = model_chunk(s->model, batch, first);
        step.need = first == 0 ? await_weights : NULL;
        if (first + count == batch->B) /* gradients become final in the last chunk */
            step.on_ready = span_ready;
        model_train(s->model, &s->weights, &s->grads, batch, first, count, &step, sums);
    }
    enum stage outer = stage_to(STAGE_REDUCE);
    reduce_end(s->reducer);
    stage_to(outer);
}

/* Useful operations of this rank's share: the formula of shape.h, the encoder's span by
 * span, the heads' sequence by sequence. */
static double useful_flops(const struct shape *shape, const struct batch *batch) {
    double flops = 0;
    for (int64_t n = 0; n < batch->N; n++)
        flops += shape_flops(shape, batch->spans[n + 1] - batch->spans[n], 0, false);
    for (int64_t b = 0; b < batch->B; b++)
        flops +=
            shape_flops(shape, 0, batch->masked_starts[b + 1] - batch->masked_starts[b],
                        batch->next[b] != NEXT_NONE);
    return flops;
}

/* What is summed after the backward pass; doubles alone. */
struct packet {
    double losses[OBJECTIVES], correct[OBJECTIVES];
    double flops, squares;
};

/* After it all ranks have the sums of gradients that they need: the rest may be
 * cleared. */
static void report_sums(struct stepper *s, const struct model_sums *sums, double flops,
                        struct step_report *r) {
    enum stage outer = stage_to(STAGE_CLIP);
    struct packet packet = {.flops = flops, .squares = mover_sum_squares(s->mover)};
    for (int i = 0; i < OBJECTIVES; i++) {
        packet.losses[i] = sums->of[i].loss;
        packet.correct[i] = (double)sums->of[i].correct;
    }
    stage_to(STAGE_LOSSES);
    comm_sum_f64(s->comm, (double *)&packet, sizeof packet / sizeof(double));
    stage_to(outer);
    for (int i = 0; i < OBJECTIVES; i++)
        r->of[i] = objectives_mean(packet.losses[i], packet.correct[i], r->of[i].count);
    r->loss = objectives_loss(r->of);
    r->useful_flops = packet.flops;
    r->grad_norm = sqrt(packet.squares);
}

/* ---- after: move ---- */

static int update(struct stepper *s, struct step_report *r, struct err *err) {
    r->rate = mover_rate(s->mover, r->step);
    if (!isfinite(r->grad_norm) || !isfinite(r->loss))
        return err_set(
            err, ERR_INTERNAL,
            "step %lld: loss %g and gradient norm %g are not finite; " FINITE_CURE,
            (long long)r->step, r->loss, r->grad_norm);
    enum stage outer = stage_to(STAGE_OPTIMIZER);
    mover_move(s->mover, r->step, r->grad_norm);
    stage_to(outer);
    return 0;
}

int stepper_run(struct stepper *s, int64_t step, const struct step_input *in,
                struct step_report *report, struct err *err) {
    struct step_report r = {.step = step};
    struct model_sums sums = {0};
    if (count_globally(s, in, &r, err) < 0)
        return -1;
    double start = timer_now();
    compute(s, in->batch, &r, &sums);
    double computed = timer_now(), reduced = reducer_seconds(s->reducer);
    report_sums(s, &sums, useful_flops(&s->shape, in->batch), &r);
    int rc = update(s, &r, err);
    double gathered = reducer_seconds(s->reducer);
    s->seconds.reduce += reduced + gathered;
    s->seconds.compute += computed - start - reduced;
    s->seconds.update += timer_now() - computed - gathered;
    *report = r;
    return rc;
}

struct step_seconds stepper_seconds(struct stepper *s) {
    struct step_seconds seconds = s->seconds;
    s->seconds = (struct step_seconds){0};
    return seconds;
}

void stepper_destroy(struct stepper *s) {
    if (s == NULL)
        return;
    gather_end(s->reducer);
    mover_destroy(s->mover);
    reducer_destroy(s->reducer);
    model_destroy(s->model);
    mem_free(s->counts);
    mem_free(s);
}
