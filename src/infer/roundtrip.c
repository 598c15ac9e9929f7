/* SPDX-License-Identifier: Apache-2.0 */
/* Reading exports back: see roundtrip.h. */
#include "src/infer/roundtrip.h"

#include <math.h>

#include "src/base/mem.h"
#include "src/base/rng.h"
#include "src/model/bert.h"

enum { SEQUENCES = 4, LENGTH = 48 };

static void random_batch(const struct bundle *bundle, struct batch *batch) {
    int32_t ids[LENGTH], positions[LENGTH], labels[LENGTH];
    int64_t longest = bundle->shape.P < LENGTH ? bundle->shape.P : LENGTH;
    struct rng rng;
    rng_init(&rng, 0, RNG_BENCH, 0, 0);
    batch_init(batch, SEQUENCES, longest);
    for (int b = 0; b < SEQUENCES; b++) {
        int32_t n = (int32_t)(longest - b);
        struct example e = {.length = n,
                            .split = n / 2,
                            .next = NEXT_FOLLOWS,
                            .ids = ids,
                            .positions = positions,
                            .labels = labels};
        for (int32_t i = 0; i < n; i++) {
            ids[i] = (int32_t)rng_below(&rng, (uint64_t)bundle->shape.V);
            if (i % 7 == 3) {
                positions[e.masked] = i;
                labels[e.masked++] = ids[i];
                ids[i] = bundle->vocab.mask;
            }
        }
        batch_add(batch, &e, (struct origin){0, (uint64_t)b});
    }
}

/* What it has no head for has none. */
struct answers {
    float *logits, *hidden, *next, *replaced; /* (M, V), (T, H), (B, 2), (T) */
    size_t logits_count, hidden_count, next_count, replaced_count;
};

static float *room(bool wanted, int64_t count, size_t *counted) {
    *counted = wanted ? (size_t)count : 0;
    return wanted ? mem_alloc(*counted, sizeof(float)) : NULL;
}

static struct answers ask(const struct bundle *bundle, const struct batch *batch) {
    struct model_options options = {.shape = bundle->shape,
                                    .objectives = bundle->objectives,
                                    .max_tokens = batch->T,
                                    .max_sequences = batch->B,
                                    .max_length = LENGTH,
                                    .forward_only = true};
    uint32_t set = bundle->objectives;
    struct answers a;
    a.logits = room(objectives_has(set, OBJECTIVE_MLM), batch->M * bundle->shape.V,
                    &a.logits_count);
    a.hidden = room(true, batch->T * bundle->shape.H, &a.hidden_count);
    a.next = room(objectives_pair(set), 2 * batch->B, &a.next_count);
    a.replaced = room(objectives_has(set, OBJECTIVE_RTD), batch->T, &a.replaced_count);
    struct model *model = model_create(&options, &bundle->table);
    model_predict(model, &bundle->weights, batch, 0, batch->B, a.logits, a.hidden,
                  a.next);
    if (a.replaced)
        model_detect(model, &bundle->weights, batch, 0, batch->B, a.replaced);
    model_destroy(model);
    return a;
}

static void answers_fini(struct answers *a) {
    mem_free(a->logits);
    mem_free(a->hidden);
    mem_free(a->next);
    mem_free(a->replaced);
}

static double farthest(const float *a, const float *b, size_t n, double worst) {
    for (size_t i = 0; i < n; i++) {
        double far = fabs((double)a[i] - (double)b[i]);
        worst = fmax(worst, isnan(far) ? INFINITY : far); /* fmax passes over NaN */
    }
    return worst;
}

static double compare(const struct bundle *model, const struct bundle *copy,
                      enum export_layout layout) {
    struct batch batch;
    random_batch(model, &batch);
    struct answers a = ask(model, &batch), b = ask(copy, &batch);
    double worst = farthest(a.hidden, b.hidden, a.hidden_count, 0);
    if (layout != EXPORT_ENCODER)
        worst = farthest(a.logits, b.logits, a.logits_count, worst);
    if (layout == EXPORT_PRETRAINING) {
        worst = farthest(a.next, b.next, a.next_count, worst);
        worst = farthest(a.replaced, b.replaced, a.replaced_count, worst);
    }
    answers_fini(&a);
    answers_fini(&b);
    batch_fini(&batch);
    return worst;
}

int roundtrip_check(const struct bundle *model, const char *dir,
                    enum export_layout layout, double *worst, struct err *err) {
    struct bundle copy;
    if (bundle_load(dir, &copy, err) < 0)
        return err_prefix(err, "reading the export back");
    int rc = 0;
    if (copy.shape.V != model->shape.V || copy.shape.H != model->shape.H ||
        copy.shape.E != model->shape.E)
        rc = err_set(err, ERR_INTERNAL, "%s: reads back with another shape", dir);
    else if ((*worst = compare(model, &copy, layout)) > 1e-4)
        rc = err_set(err, ERR_INTERNAL, "%s: reads back with answers that differ by %g",
                     dir, *worst);
    bundle_fini(&copy);
    return rc;
}
