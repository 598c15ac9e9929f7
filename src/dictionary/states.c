/* SPDX-License-Identifier: Apache-2.0 */
/* Collecting states: see states.h.  Each lane gives its share, so that who has the
 * lanes does not tell which states there are; and a lane's examples go through the
 * teacher with no others, so that it does not tell their bits. */
#include "src/dictionary/states.h"

#include <string.h>

#include "mpi/agree.h"
#include "src/base/log.h"
#include "src/base/mem.h"
#include "src/base/signals.h"
#include "src/base/timer.h"
#include "src/core/phases.h"
#include "src/model/bert.h"
#include "src/sparse/coder.h"

static const double SECONDS = 30; /* between lines that say how far it is */

struct collecting {
    struct dataset *dataset;
    const struct teacher *teacher;
    struct model *model;
    struct states *states;
    float *hidden; /* (tokens of a chunk, d) */
    int32_t *ids;  /* (tokens of a batch) as they were before masks */
    int64_t *full; /* (lanes of this rank) states that it has */
    double told;
};

static struct share share_of(const struct dataset *dataset, int64_t count) {
    int64_t lanes = dataset->config->train_lanes;
    int64_t first = count * dataset->lanes.first / lanes;
    int64_t end = count * (dataset->lanes.first + dataset->lanes.count) / lanes;
    return (struct share){first, end - first};
}

/* Places of a lane of this rank's among all. */
static struct share lane_share(const struct collecting *c, int64_t lane) {
    return partition(c->states->count, (int)(c->dataset->lanes.first + lane),
                     (int)c->dataset->config->train_lanes);
}

static int64_t lane_wants(const struct collecting *c, int64_t lane) {
    return lane_share(c, lane).count - c->full[lane];
}

static void add_state(struct collecting *c, int64_t lane, const float *state) {
    int64_t d = c->states->d;
    int64_t at = lane_share(c, lane).first - c->states->own.first + c->full[lane]++;
    coder_unit(d, state, c->states->data + at * d);
}

static bool is_special(const struct collecting *c, int32_t id) {
    return id == c->dataset->vocab.cls || id == c->dataset->vocab.sep;
}

/* Sequences first … first+count-1 of a batch, all of one lane. */
static void add_chunk(struct collecting *c, const struct batch *batch, int64_t first,
                      int64_t count, int64_t lane) {
    int32_t begin = batch->starts[first], end = batch->starts[first + count];
    model_predict(c->model, &c->teacher->bundle.weights, batch, first, count, NULL,
                  c->hidden, NULL);
    for (int32_t t = begin; t < end && lane_wants(c, lane) > 0; t++)
        if (!is_special(c, batch->ids[t]))
            add_state(c, lane, c->hidden + (t - begin) * c->states->d);
}

static void add_batch(struct collecting *c, const struct batch *masked) {
    struct batch batch = batch_unmask(masked, c->ids);
    for (int64_t b = 0, n; b < batch.B; b += n) {
        uint32_t origin = batch.origins[b].lane;
        int64_t lane = origin - c->dataset->lanes.first;
        int64_t most = model_chunk(c->model, &batch, b);
        for (n = 1; n < most && batch.origins[b + n].lane == origin; n++)
            ;
        if (lane_wants(c, lane) > 0)
            add_chunk(c, &batch, b, n, lane);
    }
}

/* How many states this rank still lacks. */
static int64_t wants(const struct collecting *c) {
    int64_t sum = 0;
    for (int64_t lane = 0; lane < c->dataset->lanes.count; lane++)
        sum += lane_wants(c, lane);
    return sum;
}

static void tell(struct collecting *c) {
    double now = timer_now();
    if (now - c->told < SECONDS)
        return;
    c->told = now;
    log_info("collected %.0f %% of the states",
             100 - 100 * (double)wants(c) / (double)c->states->own.count);
}

static int collect(struct collecting *c, struct err *err) {
    struct step_input in;
    while (wants(c) > 0) {
        if (signals_stop())
            return err_set(err, ERR_STOPPED,
                           "stopped while collecting states; start it again");
        dataset_next(c->dataset, &in, err);
        if (in.data_rc < 0)
            return -1;
        add_batch(c, in.batch);
        tell(c);
    }
    return 0;
}

/* Text that is read again has no new states. */
static void warn_of_epochs(const struct collecting *c) {
    int64_t least, most;
    loader_epochs(c->dataset->loader, &least, &most);
    if (most > 0)
        log_warn_once("the text has fewer than %lld states: some were taken more than "
                      "once; lower dictionary.iterations or dictionary.batch, or give "
                      "more text",
                      (long long)c->states->count);
}

/* As many as go through the teacher at once: model_chunk. */
static int64_t chunk_tokens(const struct dataset *dataset) {
    int64_t most = dataset->config->train_chunk_tokens;
    int64_t longest = phases_bounds(dataset->config).sequence_length;
    return most > longest ? most : longest;
}

static struct model *make_model(const struct dataset *dataset,
                                const struct teacher *teacher) {
    const struct model_options options = {
        .shape = teacher->bundle.shape,
        .max_tokens = dataset->config->train_chunk_tokens,
        .max_sequences = dataset->batch.max_B,
        .max_length = phases_bounds(dataset->config).sequence_length,
        .forward_only = true,
        .cut = teacher->bundle.shape.L - teacher->layer};
    return model_create(&options, &teacher->bundle.table);
}

int states_collect(struct dataset *dataset, const struct teacher *teacher,
                   int64_t count, struct states *states, struct err *err) {
    int64_t d = teacher->bundle.shape.H, tokens = dataset->batch.max_T;
    struct collecting c = {.dataset = dataset,
                           .teacher = teacher,
                           .states = states,
                           .model = make_model(dataset, teacher),
                           .told = timer_now()};
    *states = (struct states){
        .comm = dataset->comm, .count = count, .d = d, .own = share_of(dataset, count)};
    states->data = mem_alloc((size_t)states->own.count, (size_t)d * sizeof(float));
    c.hidden = mem_alloc((size_t)chunk_tokens(dataset), (size_t)d * sizeof(float));
    c.ids = mem_alloc((size_t)tokens, sizeof *c.ids);
    c.full = mem_alloc((size_t)dataset->lanes.count, sizeof *c.full);
    int rc = comm_agree(dataset->comm, collect(&c, err), err);
    if (rc == 0)
        warn_of_epochs(&c);
    model_destroy(c.model);
    mem_free(c.hidden);
    mem_free(c.ids);
    mem_free(c.full);
    return rc;
}

void states_fetch(const struct states *states, int64_t n, const uint32_t *which,
                  float *x) {
    size_t d = (size_t)states->d;
    memset(x, 0, (size_t)n * d * sizeof *x);
    for (int64_t i = 0; i < n; i++) {
        int64_t at = (int64_t)which[i] - states->own.first;
        if (at >= 0 && at < states->own.count)
            memcpy(x + (size_t)i * d, states->data + (size_t)at * d, d * sizeof *x);
    }
    comm_sum_f32(states->comm, x, (size_t)n * d);
}

void states_fini(struct states *states) {
    mem_free(states->data);
    *states = (struct states){0};
}
