/* SPDX-License-Identifier: Apache-2.0 */
/* The table of metrics: see metric.h.  Each function cites what it equals. */
#include "src/judge/metric.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

static double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

/* ---- labels ---- */

/* right, all */
static void count_right(const struct answered *e, double *tally) {
    for (int64_t i = 0; i < e->questions; i++)
        tally[0] += e->gold[i] == e->predicted[i];
    tally[1] += (double)e->questions;
}

static double mean_of(const double *tally, int labels) {
    (void)labels;
    return tally[1] > 0 ? tally[0] / tally[1] : NAN;
}

/* Of each label: right, predicted, gold.  An answer that is none is predicted of no
 * label. */
static void count_labels(const struct answered *e, double *tally) {
    for (int64_t i = 0; i < e->questions; i++) {
        int gold = (int)e->gold[i], predicted = (int)e->predicted[i];
        tally[3 * gold] += gold == predicted;
        tally[3 * gold + 2]++;
        if (predicted >= 0)
            tally[3 * predicted + 1]++;
    }
}

/* f1_score, which is 0 where nothing is of the label. */
static double f1_of(const double *counts) {
    return ratio(2 * counts[0], counts[1] + counts[2]);
}

static bool is_empty(const double *tally, int labels) {
    double all = 0;
    for (int k = 0; k < labels; k++)
        all += tally[3 * k + 2];
    return all == 0;
}

/* f1_score(pos_label=1) */
static double f1_second(const double *tally, int labels) {
    return is_empty(tally, labels) ? NAN : labels > 1 ? f1_of(tally + 3) : 0;
}

/* f1_score(average="micro") */
static double f1_micro(const double *tally, int labels) {
    double sums[3] = {0};
    for (int k = 0; k < labels; k++)
        for (int i = 0; i < 3; i++)
            sums[i] += tally[3 * k + i];
    return sums[2] > 0 ? f1_of(sums) : NAN;
}

/* f1_score(average="macro"): over the labels that occur, on either side. */
static double f1_macro(const double *tally, int labels) {
    double sum = 0;
    int there = 0;
    for (int k = 0; k < labels; k++) {
        there += tally[3 * k + 1] + tally[3 * k + 2] > 0;
        sum += f1_of(tally + 3 * k);
    }
    return there > 0 && !is_empty(tally, labels) ? sum / there : NAN;
}

/* matthews_corrcoef, for any number of labels (Gorodkin 2004).  Answers that are none
 * are a label of their own. */
static double matthews(const double *tally, int labels) {
    double right = 0, all = 0, none = 0, both = 0, gold = 0, predicted = 0;
    for (int k = 0; k < labels; k++) {
        const double *n = tally + 3 * k;
        right += n[0], all += n[2], none += n[2] - n[1];
        both += n[1] * n[2], predicted += n[1] * n[1], gold += n[2] * n[2];
    }
    double spread = (all * all - predicted - none * none) * (all * all - gold);
    if (all == 0)
        return NAN;
    return spread > 0 ? (right * all - both) / sqrt(spread) : 0;
}

/* ---- sets of labels ---- */

/* As count_labels, of those that an example has. */
static void count_sets(const struct answered *e, double *tally) {
    for (int64_t i = 0; i < e->questions; i++) {
        double *of = tally + 3 * (i % e->labels);
        of[0] += e->gold[i] == 1 && e->predicted[i] == 1;
        of[1] += e->predicted[i] == 1;
        of[2] += e->gold[i] == 1;
    }
}

/* f1_score(average="micro") of indicators, 0 where no example has a label. */
static double sets_micro(const double *tally, int labels) {
    double sums[3] = {0};
    for (int k = 0; k < labels; k++)
        for (int i = 0; i < 3; i++)
            sums[i] += tally[3 * k + i];
    return f1_of(sums);
}

/* f1_score(average="macro") of indicators: over all labels. */
static double sets_macro(const double *tally, int labels) {
    double sum = 0;
    for (int k = 0; k < labels; k++)
        sum += f1_of(tally + 3 * k);
    return labels > 0 ? sum / labels : NAN;
}

/* accuracy_score of indicators: examples with all labels right, all. */
static void count_exact(const struct answered *e, double *tally) {
    bool right = true;
    for (int64_t i = 0; i < e->questions; i++)
        right = right && e->gold[i] == e->predicted[i];
    tally[0] += right;
    tally[1]++;
}

/* ---- numbers ---- */

/* Around the means, for digits: n, x, y, xx, yy, xy. */
static void count_moments(const struct answered *e, double *tally) {
    for (int64_t i = 0; i < e->questions; i++) {
        double x = e->gold[i] - e->gold_mean, y = e->predicted[i] - e->answers_mean;
        const double parts[6] = {1, x, y, x * x, y * y, x * y};
        for (int k = 0; k < 6; k++)
            tally[k] += parts[k];
    }
}

/* pearsonr; spearmanr, of ranks.  What is left of a constant's variance after rounding
 * is none. */
static double pearson(const double *tally, int labels) {
    (void)labels;
    const double n = tally[0], x = tally[1], y = tally[2], none = 1e-13;
    double xx = n * tally[3] - x * x, yy = n * tally[4] - y * y;
    if (!(n > 1 && xx > none * n * tally[3] && yy > none * n * tally[4]))
        return NAN;
    return fmax(-1, fmin(1, (n * tally[5] - x * y) / sqrt(xx) / sqrt(yy)));
}

/* ---- scores ---- */

static void count_scores(const struct answered *e, double *tally) {
    for (int64_t i = 0; i < e->questions; i++)
        tally[0] += e->predicted[i];
    tally[1] += (double)e->questions;
}

/* ---- answers in words ---- */

static void count_worth(const struct answered *e, int64_t which, double *tally) {
    for (int64_t i = which; i < e->questions; i += 2)
        tally[0] += e->predicted[i], tally[1]++;
}

static void count_worth_exact(const struct answered *e, double *tally) {
    count_worth(e, 0, tally);
}

static void count_worth_f1(const struct answered *e, double *tally) {
    count_worth(e, 1, tally);
}

/* ---- entities ---- */

/* right, predicted, gold, examples */
static void count_entities(const struct answered *e, enum entities_scheme scheme,
                           double *tally) {
    const float *answers[2] = {e->predicted, e->gold};
    int64_t found[2];
    for (int side = 0; side < 2; side++) {
        found[side] = entities_find(e->tags, scheme, answers[side], e->questions,
                                    e->entities[side]);
        tally[1 + side] += (double)found[side];
    }
    tally[0] +=
        (double)entities_common(e->entities[0], found[0], e->entities[1], found[1]);
    tally[3]++;
}

static void count_lenient(const struct answered *e, double *tally) {
    count_entities(e, ENTITIES_LENIENT, tally);
}
static void count_iob1(const struct answered *e, double *tally) {
    count_entities(e, ENTITIES_IOB1, tally);
}
static void count_iob2(const struct answered *e, double *tally) {
    count_entities(e, ENTITIES_IOB2, tally);
}
static void count_iobes(const struct answered *e, double *tally) {
    count_entities(e, ENTITIES_IOBES, tally);
}

static double precision(const double *tally, int labels) {
    (void)labels;
    return tally[3] > 0 ? ratio(tally[0], tally[1]) : NAN;
}
static double recall(const double *tally, int labels) {
    (void)labels;
    return tally[3] > 0 ? ratio(tally[0], tally[2]) : NAN;
}
static double entity_f1(const double *tally, int labels) {
    (void)labels;
    return tally[3] > 0 ? f1_of(tally) : NAN;
}

/* ---- the table ---- */

#define LABELS (1u << PREDICTIONS_LABELS | 1u << PREDICTIONS_TAGS)
#define WORTH (1u << PREDICTIONS_WORTH)
#define SETS (1u << PREDICTIONS_SETS)
#define TAGS (1u << PREDICTIONS_TAGS)
#define NUMBERS (1u << PREDICTIONS_NUMBERS)
#define SCORES (1u << PREDICTIONS_SCORES)

#define ENTITY_ROWS(suffix, words, counts, of)                                         \
    {"entity_f1" suffix,                                                               \
     "entity F1" words,                                                                \
     TAGS,                                                                             \
     4,                                                                                \
     0,                                                                                \
     counts,                                                                           \
     entity_f1,                                                                        \
     false,                                                                            \
     true,                                                                             \
     of},                                                                              \
        {"entity_precision" suffix,                                                    \
         "entity precision" words,                                                     \
         TAGS,                                                                         \
         4,                                                                            \
         0,                                                                            \
         counts,                                                                       \
         precision,                                                                    \
         false,                                                                        \
         true,                                                                         \
         of},                                                                          \
    {                                                                                  \
        "entity_recall" suffix, "entity recall" words, TAGS, 4, 0, counts, recall,     \
            false, true, of                                                            \
    }

const struct metric metrics[] = {
    {"accuracy", "accuracy", LABELS, 2, 0, count_right, mean_of, false, false, 0},
    {"f1", "F1", LABELS, 0, 3, count_labels, f1_second, false, false, 0},
    {"f1", "F1", WORTH, 2, 0, count_worth_f1, mean_of, false, false, 0},
    {"f1_micro", "micro F1", LABELS, 0, 3, count_labels, f1_micro, false, false, 0},
    {"f1_micro", "micro F1", SETS, 0, 3, count_sets, sets_micro, false, false, 0},
    {"f1_macro", "macro F1", LABELS, 0, 3, count_labels, f1_macro, false, false, 0},
    {"f1_macro", "macro F1", SETS, 0, 3, count_sets, sets_macro, false, false, 0},
    {"matthews", "Matthews correlation", LABELS, 0, 3, count_labels, matthews, false,
     false, 0},
    {"exact", "exact match", SETS, 2, 0, count_exact, mean_of, false, false, 0},
    {"exact", "exact match", WORTH, 2, 0, count_worth_exact, mean_of, false, false, 0},
    {"pearson", "Pearson correlation", NUMBERS, 6, 0, count_moments, pearson, false,
     false, 0},
    {"spearman", "Spearman correlation", NUMBERS, 6, 0, count_moments, pearson, true,
     false, 0},
    {"mean", "mean score", SCORES, 2, 0, count_scores, mean_of, false, false, 0},
    ENTITY_ROWS("", "", count_lenient, ENTITIES_LENIENT),
    ENTITY_ROWS("_iob1", " (IOB1)", count_iob1, ENTITIES_IOB1),
    ENTITY_ROWS("_iob2", " (IOB2)", count_iob2, ENTITIES_IOB2),
    ENTITY_ROWS("_iobes", " (IOBES)", count_iobes, ENTITIES_IOBES),
    {0},
};

const struct metric *metric_for(const struct metric *first,
                                enum predictions_kind kind) {
    for (const struct metric *metric = first; metric->name; metric++)
        if (strcmp(metric->name, first->name) == 0 && metric->kinds >> kind & 1)
            return metric;
    return NULL;
}

const struct metric *metric_find(struct slice name, struct err *err) {
    struct str all = {0};
    for (const struct metric *metric = metrics; metric->name; metric++) {
        if (slice_equal(name, slice_of(metric->name)))
            return metric;
        if (metric == metrics || strcmp(metric->name, metric[-1].name) != 0)
            str_printf(&all, " %s", metric->name);
    }
    err_set(err, ERR_USAGE, "there is no metric '%.*s'; there are:%s",
            name.size < 64 ? (int)name.size : 64, name.data ? name.data : "", all.data);
    str_fini(&all);
    return NULL;
}
