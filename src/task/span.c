/* SPDX-License-Identifier: Apache-2.0 */
/* Answers as spans: see span.h.  Sums are of single precision, as transformers'. */
#include "src/task/span.h"

/* The best so far. */
struct best {
    bool any;
    float score, none;
    size_t begin, end; /* tokens of the context: the first and the last */
};

/* Of a window's logits (rows,2). */
static void look(const struct frame *w, int64_t longest, const float *logits,
                 struct best *best) {
    const float *l = logits + 2 * (int64_t)w->row;
    for (int64_t i = 0; i < w->count; i++)
        for (int64_t j = i; j < w->count && j < i + longest; j++) {
            float score = l[2 * i] + l[2 * j + 1];
            if (best->any && !(score > best->score))
                continue;
            best->any = true;
            best->score = score;
            best->begin = w->first + (size_t)i;
            best->end = w->first + (size_t)j;
        }
}

struct slice span_best(const struct examples *d, int64_t i, const float *logits) {
    const struct questions *all = d->questions;
    const struct question *question = &all->list[i];
    const struct context *context = &all->contexts[question->context];
    struct best best = {0};
    for (int64_t k = 0; k < question->windows; k++) {
        const float *of = logits + 2 * examples_row(d, question->first + k);
        float none = of[0] + of[1];
        best.none = k == 0 || none < best.none ? none : best.none;
        look(&all->windows[question->first + k], all->longest_answer, of, &best);
    }
    if (!best.any || (all->none && best.none - best.score > all->null_threshold))
        return (struct slice){"", 0};
    size_t begin = context->places[best.begin].begin;
    return (struct slice){context->text.data + begin,
                          context->places[best.end].end - begin};
}
