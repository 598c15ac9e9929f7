/* SPDX-License-Identifier: Apache-2.0 */
/* Replay: see replay.h. */
#include "src/train/replay.h"

#include <math.h>
#include <stdio.h>

#include "mpi/agree.h"
#include "src/base/log.h"
#include "src/base/mem.h"
#include "src/train/program.h"
#include "src/train/session.h"
#include "src/train/threads.h"

/* The example of a rank whose own loss is the largest, or not finite. */
struct suspect {
    double loss; /* of what it is asked, in the mean, without dropout */
    uint64_t number;
    uint32_t lane;
    int64_t bad; /* how many of the rank's have one that is not finite */
};

static double loss_alone(struct session *s, int64_t b) {
    uint32_t trained = config_objectives(s->config);
    const struct batch *batch = &s->data->batch;
    struct model_sums sums = {0};
    double loss = 0, rows = batch->masked_starts[b + 1] - batch->masked_starts[b];
    const struct models models = stepper_models(s->stepper);
    models.program->evaluate(models.own, stepper_weights(s->stepper), batch, b, 1,
                             &sums);
    for (int i = 0; i < OBJECTIVES; i++)
        if (objectives_has(trained, i))
            loss += sums.of[i].loss;
    return loss / (rows > 0 ? rows : 1);
}

static struct suspect find_suspect(struct session *s) {
    const struct batch *batch = &s->data->batch;
    struct suspect worst = {.loss = -1};
    for (int64_t b = 0; b < batch->B; b++) {
        double loss = loss_alone(s, b);
        worst.bad += !isfinite(loss);
        if (!isfinite(worst.loss) || (isfinite(loss) && loss <= worst.loss))
            continue;
        worst.loss = loss;
        worst.lane = batch->origins[b].lane;
        worst.number = batch->origins[b].number;
    }
    return worst;
}

static void print_suspects(struct session *s) {
    struct suspect own = find_suspect(s), worst;
    struct suspect *all = comm_gather(s->comm, &own, sizeof own, NULL, 0);
    if (all == NULL)
        return;
    worst = all[0];
    for (int r = 1; r < comm_size(s->comm); r++) {
        int64_t bad = worst.bad + all[r].bad;
        if (isfinite(worst.loss) && !(all[r].loss <= worst.loss))
            worst = all[r];
        worst.bad = bad;
    }
    printf(
        "examples  %lld of all have a loss that is not finite by themselves, without "
        "dropout;\n          lane %u, number %llu has the largest: %g a masked token\n",
        (long long)worst.bad, worst.lane, (unsigned long long)worst.number, worst.loss);
    mem_free(all);
}

static void print_losses(const struct session *s, const struct step_report *r) {
    printf("batch     %llu sequences, %llu tokens, hash %016llx\n",
           (unsigned long long)r->sequences, (unsigned long long)r->tokens,
           (unsigned long long)r->batch_hash);
    printf("loss      %g", r->loss);
    for (int i = 0; i < OBJECTIVES; i++)
        if (objectives_told(config_objectives(s->config), i))
            printf("  %s %g (%llu)", objective_words[i].name, r->of[i].loss,
                   (unsigned long long)r->of[i].count);
    printf("\n");
}

static void print_gradient(const struct session *s, const struct step_report *r,
                           const uint64_t *bad) {
    int count = s->table.count, tensors = 0;
    for (int i = 0; i < count; i++)
        tensors += bad[i] > 0;
    printf("gradient  norm %g; of %d tensors %d are not finite\n", r->grad_norm, count,
           tensors);
    for (int i = 0; i < count; i++)
        if (bad[i] > 0)
            printf("          %s: %llu of %zu elements\n", s->table.tensors[i].name,
                   (unsigned long long)bad[i], s->table.tensors[i].count);
}

/* The weights are still those of before the step. */
static int examine(struct session *s, struct err *err) {
    struct step_input input;
    struct step_report report;
    uint64_t *bad = mem_alloc((size_t)s->table.count, sizeof *bad);
    dataset_next(s->data, &input, err);
    int rc =
        stepper_examine(s->stepper, s->config->train_replay, &input, &report, bad, err);
    if (rc == 0 && comm_rank(s->comm) == 0) {
        printf("step      %lld, with the weights that it found\n",
               (long long)report.step);
        print_losses(s, &report);
        print_gradient(s, &report, bad);
    }
    if (rc == 0)
        print_suspects(s);
    mem_free(bad);
    return rc;
}

/* The steps before it. */
static int catch_up(struct session *s, struct err *err) {
    int64_t last = s->config->train_replay - 1;
    if (comm_rank(s->comm) == 0)
        printf("replay    from %s, step %lld; nothing is saved\n", s->origin.data,
               (long long)s->step);
    while (s->step < last) {
        struct step_input input;
        struct step_report report;
        dataset_next(s->data, &input, err);
        if (stepper_run(s->stepper, s->step + 1, &input, &report, err) < 0)
            return -1;
        s->step = report.step;
    }
    return 0;
}

int replay_run(struct comm *comm, const struct config *config, struct err *err) {
    struct binding *binding = threads_begin(comm);
    struct session s;
    int rc = session_open(&s, comm, binding, config, NULL, err);
    if (rc == 0) {
        rc = session_seek(&s, err);
        rc = rc == 0 ? catch_up(&s, err) : rc;
        rc = rc == 0 ? examine(&s, err) : rc;
        session_close(&s);
    }
    binding_destroy(binding);
    return rc;
}
