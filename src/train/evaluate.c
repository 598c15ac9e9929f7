/* SPDX-License-Identifier: Apache-2.0 */
/* Held-out evaluation: see evaluate.h. */
#include "src/train/evaluate.h"

#include <math.h>
#include <string.h>

#include "mpi/agree.h"
#include "src/base/mem.h"
#include "src/train/program.h"

/* Sums that add up the same in any order; losses in units of 2^-24 nat, of which there
 * is room for 2^40 nats, over all ranks. */
struct totals {
    uint64_t losses[OBJECTIVES], correct[OBJECTIVES], count[OBJECTIVES];
    uint64_t sequences, tokens;
};

enum { TOTALS_COUNT = sizeof(struct totals) / sizeof(uint64_t) };

static uint64_t fixed(double x) { return (uint64_t)llrint(x * 0x1p24); }

/* NaN and what there is no room for fit nowhere. */
static bool fits(double loss, uint64_t total, int ranks) {
    return isfinite(loss) && (double)total * 0x1p-24 + loss < 0x1p39 / ranks;
}

static int check(const struct totals *t, const struct model_sums *s, int ranks,
                 struct err *err) {
    for (int i = 0; i < OBJECTIVES; i++)
        if (!fits(s->of[i].loss, t->losses[i], ranks))
            return err_set(err, ERR_INTERNAL,
                           "evaluation: a loss of %g over %lld %s is no loss (%s): the "
                           "model's weights are too large for single precision",
                           s->of[i].loss, (long long)s->of[i].count,
                           objective_words[i].unit, objective_words[i].what);
    return 0;
}

static void add(struct totals *t, const struct model_sums *s) {
    for (int i = 0; i < OBJECTIVES; i++) {
        t->losses[i] += fixed(s->of[i].loss);
        t->correct[i] += (uint64_t)s->of[i].correct;
        t->count[i] += (uint64_t)s->of[i].count;
    }
    t->sequences += (uint64_t)s->sequences;
    t->tokens += (uint64_t)s->tokens;
}

/* Sequences from `first` that are of the same document and go through at once. */
static int64_t document_chunk(const struct models *models, const struct batch *batch,
                              int64_t first) {
    const struct model *model = models->program->model(models->own);
    int64_t most = model_chunk(model, batch, first), n = 1;
    most = most < EVALUATE_SEQUENCES ? most : EVALUATE_SEQUENCES;
    while (n < most && batch->origins[first + n].number == batch->origins[first].number)
        n++;
    return n;
}

/* The ids before masking, without [CLS] and [SEP]. */
static void count_ids(const struct batch *batch, const struct vocab *vocab,
                      uint64_t *counts) {
    for (int64_t t = 0; t < batch->T; t++)
        counts[batch->ids[t]]++;
    for (int64_t m = 0; m < batch->M; m++) {
        counts[batch->ids[batch->masked[m]]]--;
        counts[batch->labels[m]]++;
    }
    counts[vocab->cls] = counts[vocab->sep] = 0;
}

/* -Σ p ln p */
static double entropy(const uint64_t *counts, int32_t n) {
    double total = 0, sum = 0;
    for (int32_t i = 0; i < n; i++) {
        total += (double)counts[i];
        sum += counts[i] ? (double)counts[i] * log((double)counts[i]) : 0;
    }
    return total > 0 ? log(total) - sum / total : NAN;
}

struct pass {
    struct models models;
    struct batch batch;
    struct totals totals;
    uint64_t *counts; /* (V) */
    int ranks;        /* that share the room of the totals */
};

static int add_batch(struct pass *pass, const struct evaluation_input *in,
                     struct err *err) {
    count_ids(&pass->batch, in->vocab, pass->counts);
    for (int64_t b = 0, n; b < pass->batch.B; b += n) {
        struct model_sums sums = {0};
        n = document_chunk(&pass->models, &pass->batch, b);
        pass->models.program->evaluate(pass->models.own, in->weights, &pass->batch, b,
                                       n, &sums);
        if (check(&pass->totals, &sums, pass->ranks, err) < 0)
            return -1;
        add(&pass->totals, &sums);
    }
    return 0;
}

static int pass_run(struct pass *pass, const struct evaluation_input *in,
                    struct err *err) {
    int rc;
    while ((rc = heldout_next(in->heldout, &pass->batch, err)) > 0)
        if (add_batch(pass, in, err) < 0)
            return -1;
    return rc;
}

static void *make_models(const struct evaluation_input *in) {
    const struct stepper_options options = {.config = in->config,
                                            .shape = *in->shape,
                                            .table = in->weights->table,
                                            .max_sequences = EVALUATE_SEQUENCES,
                                            .max_length =
                                                in->config->train_sequence_length,
                                            .program = in->models.program,
                                            .forward_only = true,
                                            .objectives = in->objectives};
    return in->models.program->create(&options);
}

static void conclude(struct comm *comm, struct pass *pass,
                     const struct evaluation_input *in, struct evaluation *e) {
    struct totals *t = &pass->totals;
    comm_sum_u64(comm, (uint64_t *)t, TOTALS_COUNT);
    comm_sum_u64(comm, pass->counts, (size_t)in->vocab->size);
    e->tally = *heldout_tally(in->heldout);
    heldout_rewind(in->heldout); /* for another pass */
    comm_sum_u64(comm, (uint64_t *)&e->tally, TALLY_COUNT);
    e->documents = e->tally.documents_kept;
    e->sequences = t->sequences;
    e->tokens = t->tokens;
    for (int i = 0; i < OBJECTIVES; i++)
        e->of[i] = objectives_mean((double)t->losses[i] * 0x1p-24,
                                   (double)t->correct[i], t->count[i]);
    e->unigram_entropy = entropy(pass->counts, in->vocab->size);
}

int evaluate(struct comm *comm, const struct evaluation_input *in,
             struct evaluation *result, struct err *err) {
    struct pass pass = {.models = in->models,
                        .counts =
                            mem_alloc((size_t)in->vocab->size, sizeof *pass.counts),
                        .ranks = comm_size(comm)};
    if (in->models.own == NULL)
        pass.models.own = make_models(in);
    batch_init(&pass.batch, EVALUATE_SEQUENCES, in->config->train_sequence_length);
    int rc = comm_agree(comm, pass_run(&pass, in, err), err);
    if (rc == 0)
        conclude(comm, &pass, in, result);
    if (in->models.own == NULL)
        in->models.program->destroy(pass.models.own);
    batch_fini(&pass.batch);
    mem_free(pass.counts);
    return rc;
}

double evaluate_tokens(const struct manifest *heldout) {
    double bytes = 0;
    for (int i = 0; i < heldout->shard_count; i++)
        bytes += (double)heldout->shards[i].bytes;
    return bytes;
}

double evaluation_unknown(const struct evaluation *e) {
    return (double)e->tally.unknown_tokens / (double)e->tally.tokens;
}
