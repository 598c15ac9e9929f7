/* SPDX-License-Identifier: Apache-2.0 */
/* Lane by lane: see lanewise.h. */
#include "src/train/lanewise.h"

#include <string.h>

#include "mpi/lanetree.h"
#include "mpi/partition.h"
#include "src/base/die.h"
#include "src/base/mem.h"
#include "src/base/stage.h"
#include "src/core/phases.h"
#include "src/kernels/gemm.h"
#include "src/optim/optimizers.h"

/* Of one lane and objective. */
struct lane_sum {
    double loss, correct;
};

struct lanewise {
    struct comm *comm;
    struct lanetree *tree;
    struct share lanes;
    int64_t all;           /* lanes of the run */
    struct batch part;     /* owned: of one lane */
    struct lane_sum *sums; /* (all, OBJECTIVES) owned; zero but for this rank's */
};

bool lanewise_is(const struct config *c) {
    return strcmp(c->train_reproducible, "bitwise") == 0;
}

int lanewise_check(const struct config *c, struct err *err) {
    if (!lanewise_is(c))
        return 0;
    if (program_of(c) == &distill_program)
        return err_set(err, ERR_CONFIG,
                       "train.reproducible: bitwise is for runs without teachers; "
                       "use fast");
    if (optimizers_find(c->train_optimizer)->unit == OPTIM_TENSOR)
        return err_set(
            err, ERR_CONFIG,
            "train.reproducible: bitwise is not for train.optimizer %s, whose "
            "norms of tensors depend on the ranks; use adamw, bert_adam or "
            "muon, or fast",
            c->train_optimizer);
    if (strcmp(c->train_wire, "bf16") == 0)
        return err_set(err, ERR_CONFIG,
                       "train.reproducible: bitwise is not for train.wire bf16, which "
                       "rounds between hosts; use fp32, or fast");
    return 0;
}

/* ---- the doors ---- */

size_t lanewise_measure(const struct config *c, const struct comm *comm,
                        const struct shards *shards) {
    return lanetree_measure(comm, shards, c->train_lanes);
}

struct lanewise *lanewise_create(const struct config *c, struct comm *comm,
                                 struct reducer *reducer) {
    struct lanewise *l = mem_alloc(1, sizeof *l);
    struct phases_bounds most = phases_bounds(c);
    int64_t length = (most.lane_tokens + most.lane_batch - 1) / most.lane_batch;
    l->comm = comm;
    l->all = c->train_lanes;
    l->lanes = partition(l->all, comm_rank(comm), comm_size(comm));
    l->tree = lanetree_create(comm, reducer_shards(reducer), l->all);
    l->sums = mem_alloc((size_t)l->all * OBJECTIVES, sizeof *l->sums);
    batch_init(&l->part, most.lane_batch, length);
    return l;
}

void lanewise_destroy(struct lanewise *l) {
    if (l == NULL)
        return;
    lanetree_destroy(l->tree);
    batch_fini(&l->part);
    mem_free(l->sums);
    mem_free(l);
}

/* ---- the step ---- */

/* How many sequences from `first` on are of a lane. */
static int64_t count_sequences(const struct batch *batch, int64_t first, int64_t lane) {
    int64_t end = first;
    while (end < batch->B && (int64_t)batch->origins[end].lane == lane)
        end++;
    return end - first;
}

/* The lane whose sequences are l->part. */
static void run_lane(struct lanewise *l, const struct models *models,
                     const struct program_step *step, int64_t lane) {
    struct model_sums sums = {0};
    struct params grads = {step->grads->table, lanetree_next(l->tree)};
    struct lane_sum *own = l->sums + lane * OBJECTIVES;
    struct program_step one = *step;
    one.batch = &l->part;
    one.grads = &grads;
    one.sums = &sums;
    one.model.on_ready = NULL;
    if (l->part.B > 0)
        models->program->run(models->own, &one);
    for (int i = 0; i < OBJECTIVES; i++)
        own[i] = (struct lane_sum){sums.of[i].loss, (double)sums.of[i].correct};
}

void lanewise_run(struct lanewise *l, const struct models *models,
                  const struct program_step *step) {
    struct program_step next = *step;
    int64_t first = 0, end = l->lanes.first + l->lanes.count;
    memset(l->sums, 0, (size_t)l->all * OBJECTIVES * sizeof *l->sums);
    for (int64_t lane = l->lanes.first; lane < end; lane++) {
        int64_t count = count_sequences(step->batch, first, lane);
        batch_take(&l->part, step->batch, first, count);
        run_lane(l, models, &next, lane);
        first += count;
        if (count > 0)
            next.model.need = NULL; /* the weights have come */
    }
    CHECK(first == step->batch->B);
    enum stage outer = stage_to(STAGE_REDUCE);
    lanetree_end(l->tree, step->grads->data);
    stage_to(outer);
}

/* A lane's sums are zero on all ranks but one, so that adding them up is exact. */
void lanewise_sum(struct lanewise *l, struct model_sums *sums) {
    size_t count = (size_t)l->all * OBJECTIVES;
    comm_sum_f64(l->comm, &l->sums->loss, 2 * count);
    *sums = (struct model_sums){0};
    for (size_t i = 0; i < count; i++) {
        sums->of[i % OBJECTIVES].loss += l->sums[i].loss;
        sums->of[i % OBJECTIVES].correct += (int64_t)l->sums[i].correct;
    }
}
