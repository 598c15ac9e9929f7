/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of a model: see answers.h. */
#include "src/tune/answers.h"

#include <math.h>
#include <string.h>

#include "io/syntax/json.h"
#include "src/base/mem.h"
#include "src/judge/squad.h"
#include "src/task/span.h"
#include "src/tune/feed.h"

/* Logits of a batch (M,C), chunk by chunk. */
static void ask_batch(struct model *model, const struct params *weights,
                      int64_t columns, const struct batch *batch, float *logits) {
    for (int64_t first = 0, count; first < batch->B; first += count) {
        count = model_chunk(model, batch, first);
        logits += columns * model_answer(model, weights, batch, first, count, logits);
    }
}

/* From the words that were asked to questions first … end-1. */
static void spread(const struct examples *d, size_t first, size_t end, int64_t columns,
                   const float *rows, float *logits) {
    for (size_t q = first; q < end; q++) {
        float *to = logits + q * (size_t)columns;
        bool there = d->places[q] >= 0;
        for (int64_t c = 0; c < columns; c++)
            to[c] = there ? rows[c] : NAN;
        rows += there ? columns : 0;
    }
}

void answers_ask(struct model *model, const struct params *weights, int64_t columns,
                 const struct examples *d, int64_t size, struct comm *group,
                 float *logits) {
    struct tune_feed feed;
    int rank = group ? comm_rank(group) : 0, ranks = group ? comm_size(group) : 1;
    size_t count = examples_row(d, d->count) * (size_t)columns;
    feed_init(&feed, d, size, 0);
    memset(logits, 0, count * sizeof *logits);
    float *rows = mem_alloc((size_t)(feed.batch.max_M * columns), sizeof *rows);
    for (int64_t first = rank * size; first < d->count; first += ranks * size) {
        const struct batch *batch = feed_run(&feed, first);
        ask_batch(model, weights, columns, batch, rows);
        size_t row = examples_row(d, first), end = examples_row(d, first + batch->B);
        if (d->kind == TASK_TAG)
            spread(d, row, end, columns, rows, logits);
        else
            memcpy(logits + row * (size_t)columns, rows,
                   (end - row) * (size_t)columns * sizeof *rows);
    }
    if (ranks > 1)
        comm_sum_f32(group, logits, count);
    mem_free(rows);
    feed_fini(&feed);
}

static bool is_finite(const float *row, int64_t columns) {
    int64_t c = 0;
    while (c < columns && isfinite(row[c]))
        c++;
    return c == columns;
}

bool answers_are_finite(const struct examples *d, int64_t columns,
                        const float *logits) {
    size_t rows = examples_row(d, d->count);
    for (size_t i = 0; i < rows; i++) {
        bool lost = d->kind == TASK_TAG && d->places[i] < 0;
        if (!lost && !is_finite(logits + i * (size_t)columns, columns))
            return false;
    }
    return true;
}

float answers_choose(const float *logits, int64_t columns, enum task_kind kind) {
    int64_t best = 0;
    if (isnan(logits[0]))
        return -1;
    if (kind == TASK_REGRESS)
        return logits[0];
    for (int64_t c = 1; c < columns; c++)
        best = logits[c] > logits[best] ? c : best;
    return (float)best;
}

/* The number of the largest of so many rows of one column. */
static float largest(const float *logits, size_t rows) {
    size_t best = 0;
    for (size_t i = 1; i < rows; i++)
        best = logits[i] > logits[best] ? i : best;
    return (float)best;
}

static void take_choices(const struct examples *d, const float *logits,
                         float *answers) {
    for (int64_t i = 0; i < d->count; i++) {
        size_t row = examples_row(d, i), end = examples_row(d, i + 1);
        answers[i] = largest(logits + row, end - row);
    }
}

/* Exact match and F1 of the answer to each question. */
static void take_worth(const struct examples *d, const float *logits, float *answers) {
    const struct questions *all = d->questions;
    for (int64_t i = 0; i < all->count; i++) {
        const struct question *question = &all->list[i];
        size_t n = (size_t)question->answer_count;
        struct slice *gold = mem_alloc(n + 1, sizeof *gold);
        for (size_t k = 0; k < n; k++)
            gold[k] = str_slice(&question->answers[k]);
        struct squad_score score =
            squad_score(span_best(d, i, logits), gold, question->answer_count,
                        all->none ? SQUAD_2_0 : SQUAD_1_1);
        answers[2 * i] = (float)score.exact;
        answers[2 * i + 1] = (float)score.f1;
        mem_free(gold);
    }
}

void answers_json(const struct examples *d, const float *logits, struct str *out) {
    struct json_writer w = {.out = out};
    json_open(&w, NULL, '{');
    for (int64_t i = 0; i < d->questions->count; i++) {
        json_put_key(&w, str_slice(&d->questions->list[i].id));
        json_put_string(&w, NULL, span_best(d, i, logits));
    }
    json_close(&w, '}');
    str_append_char(out, '\n');
}

void answers_take(const struct examples *d, int64_t columns, const float *logits,
                  float *answers) {
    size_t rows = examples_row(d, d->count), C = (size_t)columns;
    if (d->kind == TASK_ANSWER) {
        take_worth(d, logits, answers);
        return;
    }
    if (d->kind == TASK_CHOOSE) {
        take_choices(d, logits, answers);
        return;
    }
    for (size_t i = 0; i < rows; i++)
        if (d->kind == TASK_MULTILABEL)
            for (size_t c = 0; c < C; c++)
                answers[i * C + c] = logits[i * C + c] > 0;
        else
            answers[i] = answers_choose(logits + i * C, columns, d->kind);
}

static void upload_answer(const struct taskset *t, float answer, struct str *out) {
    if (t->task.kind == TASK_REGRESS)
        str_printf(out, "%.3f", fmin(fmax((double)answer, 0), 5));
    else
        str_printf(out, "%s", t->labels.names[(int)answer].data);
}

void answers_upload(const struct taskset *t, int i, const float *answers,
                    struct str *out) {
    str_printf(out, "index\tprediction\n");
    for (int64_t e = 0; e < t->test[i].count; e++) {
        str_printf(out, "%lld\t", (long long)e);
        upload_answer(t, answers[e], out);
        str_append_char(out, '\n');
    }
}
