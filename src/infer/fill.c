/* SPDX-License-Identifier: Apache-2.0 */
/* Filling masks: see fill.h. */
#include "src/infer/fill.h"

#include <math.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/data/passage.h"
#include "src/kernels/vec.h"
#include "src/model/bert.h"
#include "src/text/tokenizer.h"

/* Ids of the text with [MASK] where it says so, specials around it. */
static void encode(const struct bundle *bundle, const char *text, struct ids *ids) {
    static const char mark[] = "[MASK]";
    const struct normalizer_options options = passage_normalizer(&bundle->config);
    struct tokenizer *tokenizer = tokenizer_create(&bundle->vocab, &options);
    ids_append(ids, bundle->vocab.cls);
    for (const char *next; (next = strstr(text, mark)) != NULL;
         text = next + sizeof mark - 1) {
        tokenizer_encode(tokenizer, (struct slice){text, (size_t)(next - text)}, ids);
        ids_append(ids, bundle->vocab.mask);
    }
    tokenizer_encode(tokenizer, slice_of(text), ids);
    ids_append(ids, bundle->vocab.sep);
    tokenizer_destroy(tokenizer);
}

static int make_batch(const struct bundle *bundle, const char *text,
                      struct batch *batch, struct err *err) {
    struct ids ids = {0};
    encode(bundle, text, &ids);
    int rc = 0;
    if (ids.count > (size_t)bundle->shape.P)
        rc = err_set(err, ERR_DATA, "text: %zu tokens, but the model takes %lld",
                     ids.count, (long long)bundle->shape.P);
    int32_t *positions = mem_alloc(ids.count, sizeof *positions);
    int32_t *labels = mem_alloc(ids.count, sizeof *labels);
    struct example e = {.length = (int32_t)ids.count,
                        .split = (int32_t)ids.count,
                        .next = NEXT_NONE,
                        .ids = ids.data,
                        .positions = positions,
                        .labels = labels};
    for (int32_t i = 0; i < e.length; i++)
        if (ids.data[i] == bundle->vocab.mask)
            positions[e.masked++] = i;
    if (rc == 0 && e.masked == 0)
        rc = err_set(err, ERR_DATA, "text: has no [MASK] to fill");
    if (rc == 0) {
        batch_init(batch, 1, e.length);
        batch_add(batch, &e, (struct origin){0, 0});
    }
    mem_free(positions);
    mem_free(labels);
    ids_fini(&ids);
    return rc;
}

/* The `top` largest of a row of logits with their softmax, by insertion. */
static void choose(const float *logits, int32_t V, int top, struct candidate *best) {
    double largest = logits[0], sum = 0;
    int n = 0;
    for (int32_t i = 1; i < V; i++)
        largest = fmax(largest, logits[i]);
    for (int32_t i = 0; i < V; i++) {
        double p = exp(logits[i] - largest);
        int at = n < top ? n++ : top;
        sum += p;
        for (; at > 0 && best[at - 1].probability < p; at--)
            if (at < top)
                best[at] = best[at - 1];
        if (at < top)
            best[at] = (struct candidate){i, p};
    }
    for (int k = 0; k < n; k++)
        best[k].probability /= sum;
}

/* The logits (M, V) of the masks. */
static int predict(const struct bundle *bundle, const struct batch *batch,
                   float *logits, struct err *err) {
    struct model_options options = {.shape = bundle->shape,
                                    .objectives = bundle->objectives,
                                    .max_tokens = batch->T,
                                    .max_sequences = 1,
                                    .max_length = batch->T,
                                    .forward_only = true};
    struct model *model = model_create(&options, &bundle->table);
    model_predict(model, &bundle->weights, batch, 0, 1, logits, NULL, NULL);
    model_destroy(model);
    int64_t bad = vec_count_nonfinite(batch->M * bundle->shape.V, logits);
    if (bad == 0)
        return 0;
    return err_set(
        err, ERR_INTERNAL,
        "%s: %lld of the model's answers are NaN or infinite: its weights are too "
        "large for single precision",
        bundle->name, (long long)bad);
}

int fill_text(const struct bundle *bundle, const char *text, int top,
              struct filling *filling, struct err *err) {
    struct batch batch;
    if (objectives_has(bundle->objectives, OBJECTIVE_RTD) &&
        !objectives_has(bundle->objectives, OBJECTIVE_MLM))
        return err_set(err, ERR_DATA,
                       "%s: is a discriminator, which tells whether tokens were "
                       "replaced; its generator fills masks",
                       bundle->name);
    if (!objectives_has(bundle->objectives, OBJECTIVE_MLM) ||
        (bundle->step > 0 && !config_learns_tokens(&bundle->config)))
        return err_set(err, ERR_DATA,
                       "%s: has no head that was trained to tell masked tokens (it "
                       "learnt neither mlm nor soft, or with a weight of 0): it can be "
                       "fine-tuned, but not fill",
                       bundle->name);
    if (make_batch(bundle, text, &batch, err) < 0)
        return -1;
    int32_t V = bundle->vocab.size;
    float *logits = mem_alloc((size_t)batch.M * (size_t)V, sizeof *logits);
    *filling = (struct filling){(int)batch.M, top < V ? top : V, NULL};
    int rc = predict(bundle, &batch, logits, err);
    if (rc == 0)
        filling->candidates = mem_alloc((size_t)filling->masks * (size_t)filling->top,
                                        sizeof *filling->candidates);
    for (int m = 0; rc == 0 && m < filling->masks; m++)
        choose(logits + (size_t)m * (size_t)V, V, filling->top,
               filling->candidates + m * filling->top);
    mem_free(logits);
    batch_fini(&batch);
    return rc;
}

void filling_fini(struct filling *filling) {
    mem_free(filling->candidates);
    *filling = (struct filling){0};
}
