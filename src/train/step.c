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
#include "mpi/replicas.h"
#include "src/base/die.h"
#include "src/base/mem.h"
#include "src/base/pulse.h"
#include "src/base/stage.h"
#include "src/base/timer.h"
#include "src/train/finite.h"
#include "src/train/lanewise.h"
#include "src/train/mover.h"
#include "src/train/program.h"
#include "src/train/wishes.h"

/* What is summed before the backward pass: whole numbers alone, whose sums are the same
 * in any order of ranks. */
struct counts {
    uint64_t faults; /* ranks that could not get their share */
    uint64_t tokens, sequences, hash, unknown;
    uint64_t waited;         /* nanoseconds, for the batch */
    uint64_t wishes[WISHES]; /* ranks that wish so */
    uint64_t of[OBJECTIVES];
    uint64_t source_tokens[]; /* (data.sources) */
};

/* And after it: doubles alone. */
struct losses {
    struct {
        double loss, correct;
    } of[OBJECTIVES];
    double flops, squares;
};

struct stepper {
    const struct config *config;
    struct comm *comm;
    struct models models;
    double loss_weights[OBJECTIVES]; /* what their means count */
    struct reducer *reducer;
    struct params weights, grads; /* borrowed from it */
    struct mover *mover;
    struct lanewise *lanewise; /* NULL: not lane by lane */
    struct step_seconds seconds;
    struct counts *counts; /* of the global batch */
};

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
    const struct reducer_options reducer = reducer_options_of(o);
    struct mover_memory mover = mover_measure(o->config, o->table, comm);
    size_t reduction = reducer_measure(comm, &reducer);
    if (lanewise_is(o->config)) {
        struct shards shards;
        shards_init(&shards, reducer.total, comm_size(comm), 0, &reducer.whole);
        reduction += lanewise_measure(o->config, comm, &shards);
        shards_fini(&shards);
    }
    mem_free(reducer.whole.items);
    return (struct stepper_memory){.state = reduction + mover.state,
                                   .activations = o->program->measure(o),
                                   .saved = mover.saved};
}

static void make_blocks(struct stepper *s, const struct stepper_options *o) {
    const struct reducer_options options = reducer_options_of(o);
    s->reducer = reducer_create(s->comm, &options);
    mem_free(options.whole.items);
    s->weights = (struct params){o->table, reducer_weights(s->reducer)};
    s->grads = (struct params){o->table, reducer_gradients(s->reducer)};
    s->mover = mover_create(o->config, o->table, s->comm, s->reducer);
    if (lanewise_is(o->config))
        s->lanewise = lanewise_create(o->config, s->comm, s->reducer);
}

static size_t counts_bytes(const struct config *c) {
    return sizeof(struct counts) + (size_t)c->source_count * sizeof(uint64_t);
}

struct stepper *stepper_create(const struct stepper_options *o, struct comm *comm) {
    const struct config *c = o->config;
    struct stepper *s = mem_alloc(1, sizeof *s);
    s->config = c;
    s->comm = comm;
    s->counts = mem_alloc(1, counts_bytes(c));
    for (int i = 0; i < OBJECTIVES; i++)
        s->loss_weights[i] = config_weight(c, i);
    CHECK(o->program);
    s->models = (struct models){o->program, o->program->create(o)};
    make_blocks(s, o);
    return s;
}

struct models stepper_models(struct stepper *s) {
    return s->models;
}

struct model *stepper_model(struct stepper *s) {
    return s->models.program->model(s->models.own);
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
    struct counts *own = s->counts;
    *own = (struct counts){.faults = in->data_rc < 0,
                           .tokens = (uint64_t)in->batch->T,
                           .sequences = (uint64_t)in->batch->B,
                           .hash = in->hash,
                           .unknown = in->unknown,
                           .waited = (uint64_t)(1e9 * in->waited)};
    s->models.program->count(s->models.own, in->batch, own->of);
    for (int i = 0; i < WISHES; i++)
        own->wishes[i] = wishes_has(in->wishes, (enum wish)i);
    for (int i = 0; i < s->config->source_count; i++)
        own->source_tokens[i] = in->source_tokens ? in->source_tokens[i] : 0;
}

/* The batch, and what the program has to get for it. */
static struct step_input prepare(struct stepper *s, const struct step_input *in,
                                 struct err *err) {
    const struct program *program = s->models.program;
    struct step_input ready = *in;
    double start = timer_now();
    if (in->data_rc == 0 && program->prepare)
        ready.data_rc = program->prepare(s->models.own, in->batch, err);
    ready.waited += timer_now() - start;
    return ready;
}

static int count_globally(struct stepper *s, const struct step_input *given,
                          struct step_report *r, struct err *err) {
    const struct counts *all = s->counts;
    const struct step_input ready = prepare(s, given, err), *in = &ready;
    enum stage outer = stage_to(STAGE_COUNT);
    count_own(s, in);
    comm_sum_u64(s->comm, (uint64_t *)s->counts,
                 counts_bytes(s->config) / sizeof(uint64_t));
    stage_to(outer);
    for (int i = 0; i < OBJECTIVES; i++)
        r->of[i].count = all->of[i];
    r->tokens = all->tokens;
    r->sequences = all->sequences;
    r->batch_hash = all->hash;
    r->unknown = all->unknown;
    for (int i = 0; i < WISHES; i++)
        r->wishes |= (uint32_t)(all->wishes[i] > 0) << i;
    r->waited = 1e-9 * (double)all->waited / comm_size(s->comm);
    r->source_tokens = all->source_tokens;
    return all->faults > 0 ? comm_agree(s->comm, in->data_rc, err) : 0;
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
    struct program_step step = {.batch = batch,
                                .weights = &s->weights,
                                .grads = &s->grads,
                                .model = {.on_ready = span_ready,
                                          .need = await_weights,
                                          .poll = move_on,
                                          .context = s->reducer},
                                .sums = sums};
    for (int i = 0; i < OBJECTIVES; i++)
        step.model.scale[i] =
            r->of[i].count ? s->loss_weights[i] / (double)r->of[i].count : 0;
    if (s->lanewise) {
        lanewise_run(s->lanewise, &s->models, &step);
        gather_end(s->reducer);
        return;
    }
    s->models.program->run(s->models.own, &step);
    if (batch->B == 0) /* nothing to wait for: its gradients are zero */
        span_ready((struct span){0, s->grads.table->total}, s->reducer);
    enum stage outer = stage_to(STAGE_REDUCE);
    reduce_end(s->reducer);
    stage_to(outer);
}

/* What is summed otherwise where its bits may not depend on the ranks. */
static void sum_lanes(struct stepper *s, struct losses *all) {
    struct model_sums sums;
    lanewise_sum(s->lanewise, &sums);
    for (int i = 0; i < OBJECTIVES; i++) {
        all->of[i].loss = sums.of[i].loss;
        all->of[i].correct = (double)sums.of[i].correct;
    }
    all->squares = mover_exact_squares(s->mover);
}

/* After it all ranks have the sums of gradients that they need: the rest may be
 * cleared. */
static void report_sums(struct stepper *s, const struct model_sums *sums, double flops,
                        struct step_report *r) {
    enum stage outer = stage_to(STAGE_CLIP);
    struct losses all = {.flops = flops};
    if (s->lanewise == NULL)
        all.squares = mover_sum_squares(s->mover);
    for (int i = 0; s->lanewise == NULL && i < OBJECTIVES; i++) {
        all.of[i].loss = sums->of[i].loss;
        all.of[i].correct = (double)sums->of[i].correct;
    }
    stage_to(STAGE_LOSSES);
    comm_sum_f64(s->comm, (double *)&all, sizeof all / sizeof(double));
    if (s->lanewise)
        sum_lanes(s, &all);
    stage_to(outer);
    for (int i = 0; i < OBJECTIVES; i++)
        r->of[i] = objectives_mean(all.of[i].loss, all.of[i].correct, r->of[i].count);
    r->loss = objectives_loss(r->of, s->loss_weights);
    r->useful_flops = all.flops;
    r->grad_norm = sqrt(all.squares);
}

/* ---- after: move ---- */

static int refuse(struct stepper *s, struct step_report *r, struct err *err) {
    if (strcmp(s->config->train_nonfinite, "stop") == 0)
        return err_set(
            err, ERR_INTERNAL,
            "step %lld: loss %g and gradient norm %g are not finite; " FINITE_CURE,
            (long long)r->step, r->loss, r->grad_norm);
    mover_skip(s->mover);
    r->skipped = true;
    return 0;
}

static int update(struct stepper *s, struct step_report *r, struct err *err) {
    r->rate = mover_rate(s->mover, r->step);
    if (!isfinite(r->grad_norm) || !isfinite(r->loss))
        return refuse(s, r, err);
    enum stage outer = stage_to(STAGE_OPTIMIZER);
    mover_move(s->mover, r->step, r->grad_norm);
    stage_to(outer);
    return 0;
}

int stepper_run(struct stepper *s, int64_t step, const struct step_input *in,
                struct step_report *report, struct err *err) {
    struct step_report r = {.step = step};
    struct model_sums sums = {0};
    pulse_step(step);
    if (count_globally(s, in, &r, err) < 0)
        return -1;
    pulse_to(PULSE_STEP);
    double start = timer_now();
    compute(s, in->batch, &r, &sums);
    double computed = timer_now(), reduced = reducer_seconds(s->reducer);
    double flops = s->models.program->flops(s->models.own, in->batch);
    report_sums(s, &sums, flops, &r);
    int rc = update(s, &r, err);
    double gathered = reducer_seconds(s->reducer);
    s->seconds.reduce += reduced + gathered;
    s->seconds.compute += computed - start - reduced;
    s->seconds.update += timer_now() - computed - gathered;
    s->seconds.flops += flops;
    *report = r;
    return rc;
}

int stepper_examine(struct stepper *s, int64_t step, const struct step_input *in,
                    struct step_report *report, uint64_t *bad, struct err *err) {
    struct step_report r = {.step = step, .rate = mover_rate(s->mover, step)};
    struct model_sums sums = {0};
    if (count_globally(s, in, &r, err) < 0)
        return -1;
    compute(s, in->batch, &r, &sums);
    report_sums(s, &sums, s->models.program->flops(s->models.own, in->batch), &r);
    size_t tensors = (size_t)s->grads.table->count;
    memset(bad, 0, tensors * sizeof *bad);
    mover_count_nonfinite(s->mover, bad);
    comm_sum_u64(s->comm, bad, tensors);
    *report = r;
    return 0;
}

int stepper_check_replicas(struct stepper *s, struct err *err) {
    gather_end(s->reducer);
    return replicas_check(s->reducer, err);
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
    lanewise_destroy(s->lanewise);
    mover_destroy(s->mover);
    reducer_destroy(s->reducer);
    s->models.program->destroy(s->models.own);
    mem_free(s->counts);
    mem_free(s);
}
