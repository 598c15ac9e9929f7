/* SPDX-License-Identifier: Apache-2.0 */
/* Sheets: see sheet.h. */
#include "src/judge/sheet.h"

#include <math.h>
#include <string.h>

#include "src/base/dispatch.h"
#include "src/base/mem.h"
#include "src/judge/ranks.h"

static double mean(const float *values, int64_t n) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += values[i];
    return n > 0 ? sum / (double)n : 0;
}

/* Column `run` of the sheet. */
static void fill_run(struct sheet *sheet, int run, struct answered *example) {
    const struct predictions *set = sheet->set;
    const float *gold = set->gold, *answers = predictions_of_run(set, run);
    example->gold_mean = mean(gold, set->questions);
    example->answers_mean = mean(answers, set->questions);
    for (int64_t i = 0, at = 0; i < set->examples; at += set->lengths[i++]) {
        example->gold = gold + at;
        example->predicted = answers + at;
        example->questions = set->lengths[i];
        sheet->metric->count(example,
                             sheet->parts + (i * set->runs + run) * sheet->width);
    }
}

static void fill_parts(struct sheet *sheet, struct answered *example) {
    const struct predictions *set = sheet->set;
    sheet->parts = mem_alloc((size_t)set->examples * (size_t)set->runs,
                             (size_t)sheet->width * sizeof(double));
    for (int side = 0; side < 2; side++)
        example->entities[side] =
            mem_alloc((size_t)set->questions + 1, sizeof(struct entity));
    for (int run = 0; run < set->runs; run++)
        fill_run(sheet, run, example);
    for (int side = 0; side < 2; side++)
        mem_free(example->entities[side]);
}

/* Gold, then each run's answers; one with a NaN has no order: it begins with -1. */
static void fill_order(struct sheet *sheet) {
    const struct predictions *set = sheet->set;
    const int64_t n = set->examples;
    size_t all = (size_t)(set->runs + 1) * (size_t)n;
    sheet->values = mem_alloc(all, sizeof(double));
    sheet->order = mem_alloc(all, sizeof(int64_t));
    for (int side = 0; side < 2; side++)
        sheet->ranks[side] = mem_alloc((size_t)n, sizeof(double));
    for (int row = 0; row <= set->runs; row++) {
        const float *from = row ? predictions_of_run(set, row - 1) : set->gold;
        bool whole = true;
        for (int64_t i = 0; i < n; i++) {
            sheet->values[row * n + i] = from[i];
            whole = whole && !isnan(from[i]);
        }
        if (whole)
            ranks_order(sheet->values + row * n, n, sheet->order + row * n);
        else
            sheet->order[row * n] = -1;
    }
}

int sheet_init(struct sheet *sheet, const struct predictions *set,
               const struct metric *metric, struct err *err) {
    const char *name = metric->name;
    *sheet = (struct sheet){.set = set};
    sheet->metric = metric = metric_for(metric, set->kind);
    if (metric == NULL)
        return err_set(err, ERR_DATA, "%s: %s does not judge %s", set->name.data, name,
                       predictions_kind_name(set->kind));
    sheet->width = metric->numbers + metric->numbers_of_label * set->label_count;
    struct tag *tags = mem_alloc((size_t)set->label_count + 1, sizeof *tags);
    struct answered example = {.labels = set->label_count, .tags = tags};
    int rc = 0;
    if (metric->entities)
        rc = entities_tags(set->labels, set->label_count, metric->scheme, tags, err);
    if (rc == 0 && metric->ranks)
        fill_order(sheet);
    else if (rc == 0)
        fill_parts(sheet, &example);
    mem_free(tags);
    return rc;
}

/* ---- scores ---- */

/* Adds to sums[n] the rows of parts (examples, n) by weights; row by row, so that each
 * sum has one order. */
KERNEL(add_rows,
       (double *restrict sums, const double *restrict parts, const double *weights,
        int64_t examples, int64_t n),
       (sums, parts, weights, examples, n)) {
    for (int64_t i = 0; i < examples; i++) {
        const double weight = weights[i];
        const double *restrict row = parts + i * n;
        if (weight == 0)
            continue;
        for (int64_t k = 0; k < n; k++)
            sums[k] += weight * row[k];
    }
}

/* Of two lists of ranks, around their mean. */
static double correlation(const struct sheet *sheet, const double *weights, double n) {
    double tally[6] = {n, 0};
    for (int64_t i = 0; i < sheet->set->examples; i++) {
        double x = sheet->ranks[0][i] - (n + 1) / 2;
        double y = sheet->ranks[1][i] - (n + 1) / 2;
        tally[3] += weights[i] * x * x;
        tally[4] += weights[i] * y * y;
        tally[5] += weights[i] * x * y;
    }
    return sheet->metric->score(tally, 0);
}

static void score_ranks(struct sheet *sheet, const double *weights, double *scores) {
    const int64_t n = sheet->set->examples;
    double all = 0;
    for (int64_t i = 0; i < n; i++)
        all += weights[i];
    if (sheet->order[0] >= 0)
        ranks_weighted(sheet->values, sheet->order, weights, n, sheet->ranks[0]);
    for (int run = 0; run < sheet->set->runs; run++) {
        const double *values = sheet->values + (run + 1) * n;
        const int64_t *order = sheet->order + (run + 1) * n;
        scores[run] = NAN;
        if (order[0] < 0 || sheet->order[0] < 0)
            continue;
        ranks_weighted(values, order, weights, n, sheet->ranks[1]);
        scores[run] = correlation(sheet, weights, all);
    }
}

/* So many rows at a time as stay in the cache while they are added for each draw. */
enum { ROWS = 64 };

static void score_tallies(const struct sheet *sheet, const double *weights, int draws,
                          double *scores) {
    const struct predictions *set = sheet->set;
    const int64_t examples = set->examples, n = (int64_t)set->runs * sheet->width;
    double *sums = mem_alloc((size_t)draws, (size_t)n * sizeof *sums);
    for (int64_t i = 0; i < examples; i += ROWS)
        for (int draw = 0; draw < draws; draw++)
            add_rows(sums + draw * n, sheet->parts + i * n,
                     weights + draw * examples + i,
                     examples - i < ROWS ? examples - i : ROWS, n);
    for (int64_t k = 0; k < (int64_t)draws * set->runs; k++)
        scores[k] = sheet->metric->score(sums + k * sheet->width, set->label_count);
    mem_free(sums);
}

void sheet_scores(struct sheet *sheet, const double *weights, int draws,
                  double *scores) {
    const struct predictions *set = sheet->set;
    if (!sheet->metric->ranks)
        score_tallies(sheet, weights, draws, scores);
    for (int draw = 0; sheet->metric->ranks && draw < draws; draw++)
        score_ranks(sheet, weights + draw * set->examples, scores + draw * set->runs);
}

void sheet_score(struct sheet *sheet, double *scores) {
    const int64_t n = sheet->set->examples;
    double *ones = mem_alloc((size_t)n, sizeof *ones);
    for (int64_t i = 0; i < n; i++)
        ones[i] = 1;
    sheet_scores(sheet, ones, 1, scores);
    mem_free(ones);
}

void sheet_fini(struct sheet *sheet) {
    mem_free(sheet->parts);
    mem_free(sheet->values);
    mem_free(sheet->order);
    mem_free(sheet->ranks[0]);
    mem_free(sheet->ranks[1]);
    *sheet = (struct sheet){0};
}

/* ---- baselines ---- */

/* The commonest of the right answers, the first of several. */
static float commonest(const struct predictions *set) {
    int64_t *counts = mem_alloc((size_t)set->label_count, sizeof *counts);
    int best = 0;
    for (int64_t i = 0; i < set->questions; i++)
        counts[(int)set->gold[i]]++;
    for (int k = 1; k < set->label_count; k++)
        if (counts[k] > counts[best])
            best = k;
    mem_free(counts);
    return (float)best;
}

/* Of each label whether most examples have it, for every example. */
static void fill_sets(const struct predictions *set, float *answers) {
    int64_t L = set->label_count;
    for (int64_t k = 0; k < L; k++) {
        int64_t have = 0;
        for (int64_t i = k; i < set->questions; i += L)
            have += set->gold[i] == 1;
        for (int64_t i = k; i < set->questions; i += L)
            answers[i] = 2 * have > set->examples;
    }
}

static void fill_commonest(const struct predictions *set, float *answers) {
    float answer = commonest(set);
    for (int64_t i = 0; i < set->questions; i++)
        answers[i] = answer;
}

double sheet_majority(const struct predictions *set, const struct metric *metric) {
    struct sheet sheet;
    struct predictions one = *set; /* borrows all but its answers */
    double score = NAN;
    if (set->label_count == 0)
        return NAN;
    one.runs = 1;
    one.predicted = mem_alloc((size_t)set->questions, sizeof(float));
    (set->kind == PREDICTIONS_SETS ? fill_sets : fill_commonest)(set, one.predicted);
    if (sheet_init(&sheet, &one, metric, NULL) == 0)
        sheet_score(&sheet, &score);
    sheet_fini(&sheet);
    mem_free(one.predicted);
    return score;
}

/* Whether values repeat with a period, as answers do that are the same for all. */
static bool are_equal(const float *values, int64_t n, int64_t period) {
    for (int64_t i = period; i < n; i++)
        if (values[i] != values[i - period])
            return false;
    return true;
}

bool sheet_is_constant(const struct predictions *set, int run) {
    int64_t n = set->questions;
    int64_t period = set->kind == PREDICTIONS_SETS ? set->label_count : 1;
    return n > period && set->kind != PREDICTIONS_WORTH &&
           set->kind != PREDICTIONS_SCORES &&
           are_equal(predictions_of_run(set, run), n, period) &&
           !are_equal(set->gold, n, period);
}
