/* SPDX-License-Identifier: Apache-2.0 */
/* Labels for texts: see predict.h. */
#include "src/tune/predict.h"

#include <math.h>

#include "src/base/log.h"
#include "src/base/mem.h"
#include "src/data/passage.h"
#include "src/tune/answers.h"

enum { BATCH = 32 };

static enum task_kind kind_of(const struct bundle *bundle) {
    if (objectives_has(bundle->objectives, OBJECTIVE_TAG))
        return TASK_TAG;
    return objectives_has(bundle->objectives, OBJECTIVE_REGRESS) ? TASK_REGRESS
                                                                 : TASK_CLASSIFY;
}

static int read_lines(struct predict *p, const struct bundle *bundle, const char *path,
                      struct err *err) {
    const struct normalizer_options normalizer = passage_normalizer(&bundle->config);
    struct encoder encoder = {.tokenizer =
                                  tokenizer_create(&bundle->vocab, &normalizer),
                              .vocab = &bundle->vocab,
                              .length = bundle->config.train_sequence_length};
    int rc = examples_read_lines(&p->examples, p->kind, path, &encoder, err);
    tokenizer_destroy(encoder.tokenizer);
    encoder_fini(&encoder);
    if (rc == 0 && p->examples.cut_examples > 0)
        log_warn("%s: %lld of %lld lines are longer than the model's %lld tokens and "
                 "were cut",
                 path, (long long)p->examples.cut_examples,
                 (long long)p->examples.count, (long long)encoder.length);
    return rc;
}

static void ask(struct predict *p, const struct bundle *bundle) {
    const struct model_options options = {.shape = bundle->shape,
                                          .objectives = bundle->objectives,
                                          .max_tokens =
                                              bundle->config.train_chunk_tokens,
                                          .max_sequences = BATCH,
                                          .max_length = p->examples.longest,
                                          .forward_only = true};
    struct model *model = model_create(&options, &bundle->table);
    size_t count = (size_t)(examples_asked(&p->examples) * p->columns);
    p->logits = mem_alloc(count, sizeof *p->logits);
    answers_ask(model, &bundle->weights, p->columns, &p->examples, BATCH, p->logits);
    model_destroy(model);
}

int predict_file(struct predict *p, const struct bundle *bundle, const char *path,
                 struct err *err) {
    p->kind = kind_of(bundle);
    p->columns = bundle->shape.C;
    if (read_lines(p, bundle, path, err) < 0)
        return -1;
    ask(p, bundle);
    for (int64_t q = 0; q < examples_asked(&p->examples); q++)
        if (p->examples.places[q] >= 0 && !isfinite(p->logits[q * p->columns]))
            return err_set(err, ERR_INTERNAL,
                           "%s: answers are NaN or infinite: its weights are too large "
                           "for single precision",
                           bundle->name);
    return 0;
}

struct predict_answer predict_answer(const struct predict *p, int64_t q) {
    const float *logits = p->logits + q * p->columns;
    float chosen = answers_choose(logits, p->columns, p->kind);
    double sum = 0;
    if (p->examples.places[q] < 0)
        return (struct predict_answer){-1, NAN};
    if (p->kind == TASK_REGRESS)
        return (struct predict_answer){0, chosen};
    int32_t label = (int32_t)chosen;
    for (int64_t c = 0; c < p->columns; c++)
        sum += exp((double)logits[c] - (double)logits[label]);
    return (struct predict_answer){label, 1 / sum};
}

void predict_fini(struct predict *p) {
    examples_fini(&p->examples);
    mem_free(p->logits);
    *p = (struct predict){0};
}
