/* SPDX-License-Identifier: Apache-2.0 */
/* Weights of labels: see balance.h. */
#include "src/tune/balance.h"

#include <math.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/parse.h"

/* A label that no example has has no weight to be told from. */
static void count(const struct examples *d, int64_t labels, float *weights) {
    int64_t *of = mem_alloc((size_t)labels, sizeof *of), all = 0;
    for (int64_t q = 0; q < examples_asked(d); q++) {
        of[d->labels[q]] += d->places[q] >= 0;
        all += d->places[q] >= 0;
    }
    for (int64_t l = 0; l < labels; l++)
        weights[l] = of[l] ? (float)((double)all / (double)(labels * of[l])) : 1;
    mem_free(of);
}

static int refuse(const char *text, int64_t labels, struct err *err) {
    return err_set(err, ERR_CONFIG,
                   "finetune.class_weights: '%s' is neither balanced nor %lld numbers "
                   "above 0, one for each label",
                   text, (long long)labels);
}

static int parse_weight(struct slice word, float *weight) {
    struct str copy = {0};
    double value;
    str_append(&copy, word.data, word.size);
    int rc = parse_real(copy.data, &value);
    str_fini(&copy);
    *weight = rc == 0 ? (float)value : 0;
    return *weight > 0 && isfinite(*weight) ? 0 : -1;
}

static int parse(const char *text, int64_t labels, float *weights, struct err *err) {
    struct slice rest = slice_of(text), word;
    int64_t n = 0;
    while (slice_field(&rest, ' ', &word)) {
        if (word.size == 0)
            continue;
        if (n == labels || parse_weight(word, &weights[n++]) < 0)
            return refuse(text, labels, err);
    }
    return n == labels ? 0 : refuse(text, labels, err);
}

int balance_read(const char *text, const struct taskset *t, float **weights,
                 struct err *err) {
    int64_t labels = t->labels.count;
    *weights = NULL;
    if (text == NULL)
        return 0;
    if (t->task.kind != TASK_CLASSIFY && t->task.kind != TASK_TAG &&
        t->task.kind != TASK_MARKED)
        return err_set(err, ERR_CONFIG,
                       "finetune.class_weights: task %s is of kind %s; there are "
                       "weights for classify, tag and marked",
                       t->task.name, kinds[t->task.kind].name);
    *weights = mem_alloc((size_t)labels, sizeof **weights);
    if (strcmp(text, "balanced") == 0) {
        count(&t->train, labels, *weights);
        return 0;
    }
    int rc = parse(text, labels, *weights, err);
    if (rc < 0) {
        mem_free(*weights);
        *weights = NULL;
    }
    return rc;
}
