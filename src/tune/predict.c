/* SPDX-License-Identifier: Apache-2.0 */
/* Labels for texts: see predict.h. */
#include "src/tune/predict.h"

#include <math.h>

#include "src/base/log.h"
#include "src/base/mem.h"
#include "src/data/passage.h"
#include "src/model/bert.h"
#include "src/task/questions.h"
#include "src/task/readers.h"
#include "src/tune/answers.h"

enum { BATCH = 32 };

/* Folders of other programs do not say whether questions may have no answer. */
static void settle_none(struct questions *questions, const struct bundle *bundle,
                        const char *path) {
    if (bundle->config.task_no_answer >= 0)
        questions->none = bundle->config.task_no_answer == 1;
    else
        log_info("%s does not say whether questions may have no answer; %s has %s, so "
                 "%s: --set task.no_answer=%s is for the other",
                 bundle->name, path, questions->none ? "such" : "none of that kind",
                 questions->none ? "they may" : "each gets one",
                 questions->none ? "false" : "true");
}

static int read_lines(struct predict *p, const struct bundle *bundle, const char *path,
                      struct err *err) {
    const struct normalizer_options normalizer = passage_normalizer(&bundle->config);
    struct encoder encoder = {.tokenizer =
                                  tokenizer_create(&bundle->vocab, &normalizer),
                              .vocab = &bundle->vocab,
                              .normalizer = &normalizer,
                              .length = bundle->config.train_sequence_length};
    struct task task;
    task_init_lines(&task, p->kind, &bundle->config);
    int rc = readers_lines(&p->examples, &task, path, &encoder, err);
    tokenizer_destroy(encoder.tokenizer);
    encoder_fini(&encoder);
    if (rc == 0 && p->kind == TASK_ANSWER)
        settle_none(p->examples.questions, bundle, path);
    if (rc == 0 && p->kind == TASK_ANSWER && p->examples.cut_examples > 0)
        log_warn("%s: %lld questions are too long and were cut", path,
                 (long long)p->examples.cut_examples);
    else if (rc == 0 && p->examples.cut_examples > 0)
        log_warn("%s: %lld of %lld lines are longer than the model's %lld tokens and "
                 "were cut",
                 path, (long long)p->examples.cut_examples,
                 (long long)p->examples.count, (long long)encoder.length);
    return rc;
}

static void ask(struct predict *p, const struct bundle *bundle) {
    const struct model_options options = {
        .shape = bundle->shape,
        .objectives = bundle->objectives,
        .max_tokens = bundle->config.train_chunk_tokens,
        .max_sequences = BATCH * p->examples.most_spans,
        .max_length = p->examples.longest,
        .forward_only = true};
    struct model *model = model_create(&options, &bundle->table);
    size_t rows = examples_row(&p->examples, p->examples.count);
    p->logits = mem_alloc(rows * (size_t)p->columns, sizeof *p->logits);
    answers_ask(model, &bundle->weights, p->columns, &p->examples, BATCH, NULL,
                p->logits);
    model_destroy(model);
}

/* Whether a row of logits is of a word after the cut. */
static bool is_lost(const struct predict *p, size_t row) {
    return p->kind == TASK_TAG && p->examples.places[row] < 0;
}

int predict_file(struct predict *p, const struct bundle *bundle, const char *path,
                 struct err *err) {
    p->kind = (enum task_kind)kind_of_objectives(bundle->objectives);
    p->columns = bundle->shape.C;
    if (read_lines(p, bundle, path, err) < 0)
        return -1;
    ask(p, bundle);
    if (answers_are_finite(&p->examples, p->columns, p->logits))
        return 0;
    return err_set(err, ERR_INTERNAL,
                   "%s: answers are NaN or infinite: its weights are too large for "
                   "single precision",
                   bundle->name);
}

/* ---- answers ---- */

/* What one row of logits chooses. */
static struct predict_answer answer_of(const struct predict *p, const float *logits) {
    float chosen = answers_choose(logits, p->columns, p->kind);
    double sum = 0;
    if (p->kind == TASK_REGRESS)
        return (struct predict_answer){0, chosen};
    int32_t label = (int32_t)chosen;
    for (int64_t c = 0; c < p->columns; c++)
        sum += exp((double)logits[c] - (double)logits[label]);
    return (struct predict_answer){label, 1 / sum};
}

/* Which of so many rows of one logit is the largest. */
static struct predict_answer choice_of(const float *logits, size_t rows) {
    int32_t best = 0;
    double sum = 0;
    for (size_t i = 1; i < rows; i++)
        best = logits[i] > logits[best] ? (int32_t)i : best;
    for (size_t i = 0; i < rows; i++)
        sum += exp((double)logits[i] - (double)logits[best]);
    return (struct predict_answer){best, 1 / sum};
}

/* The labels that a row of logits has. */
static size_t set_of(const struct predict *p, const float *logits,
                     struct predict_answer *answers) {
    size_t n = 0;
    for (int32_t c = 0; c < p->columns; c++)
        if (logits[c] > 0)
            answers[n++] =
                (struct predict_answer){c, 1 / (1 + exp(-(double)logits[c]))};
    return n;
}

bool predict_lists(const struct predict *p) {
    return p->kind == TASK_TAG || p->kind == TASK_MULTILABEL;
}

size_t predict_most(const struct predict *p) {
    return p->kind == TASK_MULTILABEL ? (size_t)p->columns
                                      : (size_t)p->examples.most_asked;
}

size_t predict_answers(const struct predict *p, int64_t i,
                       struct predict_answer *answers) {
    size_t row = examples_row(&p->examples, i), n = 0;
    if (p->kind == TASK_MULTILABEL)
        return set_of(p, p->logits + row * (size_t)p->columns, answers);
    if (p->kind == TASK_CHOOSE) {
        answers[0] =
            choice_of(p->logits + row, examples_row(&p->examples, i + 1) - row);
        return 1;
    }
    for (; row < examples_row(&p->examples, i + 1); row++)
        answers[n++] = is_lost(p, row)
                           ? (struct predict_answer){-1, NAN}
                           : answer_of(p, p->logits + row * (size_t)p->columns);
    return n;
}

void predict_said(const struct predict *p, struct str *out) {
    answers_json(&p->examples, p->logits, out);
}

void predict_fini(struct predict *p) {
    examples_fini(&p->examples);
    mem_free(p->logits);
    *p = (struct predict){0};
}
