/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: each metric gives what scikit-learn 1.9, SciPy 1.17 and seqeval 1.2 gave for
 * these answers, also where a label is missing, one is constant or nothing is there; to
 * draw an example twice is to have it twice; what does not fit is refused in words. */
#include "src/judge/sheet.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/tap.h"

struct row {
    const char *metric;
    const char *labels; /* "{a b": answers are sets of these, 0 or 1 for each */
    const char *gold, *predicted; /* "a b|c": | ends a sentence */
    double want;
};

static const struct row rows[] = {
    {"accuracy", "0 1", "0 1 1 0 1 0 0 1", "0 1 0 0 1 1 0 1", 0.75},
    {"f1", "0 1", "0 1 1 0 1 0 0 1", "0 1 0 0 1 1 0 1", 0.75},
    {"f1_micro", "0 1", "0 1 1 0 1 0 0 1", "0 1 0 0 1 1 0 1", 0.75},
    {"f1_macro", "0 1", "0 1 1 0 1 0 0 1", "0 1 0 0 1 1 0 1", 0.75},
    {"matthews", "0 1", "0 1 1 0 1 0 0 1", "0 1 0 0 1 1 0 1", 0.5},
    {"accuracy", "0 1", "0 1 1 0", "1 1 1 1", 0.5},
    {"f1", "0 1", "0 1 1 0", "1 1 1 1", 0.66666666666666663},
    {"f1_micro", "0 1", "0 1 1 0", "1 1 1 1", 0.5},
    {"f1_macro", "0 1", "0 1 1 0", "1 1 1 1", 0.33333333333333331},
    {"matthews", "0 1", "0 1 1 0", "1 1 1 1", 0},
    {"accuracy", "0 1", "0 0 0 0", "0 0 0 0", 1},
    {"f1", "0 1", "0 0 0 0", "0 0 0 0", 0},
    {"f1_micro", "0 1", "0 0 0 0", "0 0 0 0", 1},
    {"f1_macro", "0 1", "0 0 0 0", "0 0 0 0", 1},
    {"matthews", "0 1", "0 0 0 0", "0 0 0 0", 0},
    {"accuracy", "0 1", "1 1 1", "1 1 1", 1},
    {"f1", "0 1", "1 1 1", "1 1 1", 1},
    {"f1_micro", "0 1", "1 1 1", "1 1 1", 1},
    {"f1_macro", "0 1", "1 1 1", "1 1 1", 1},
    {"matthews", "0 1", "1 1 1", "1 1 1", 0},
    {"accuracy", "0 1", "1 1 1", "0 0 0", 0},
    {"f1", "0 1", "1 1 1", "0 0 0", 0},
    {"f1_micro", "0 1", "1 1 1", "0 0 0", 0},
    {"f1_macro", "0 1", "1 1 1", "0 0 0", 0},
    {"matthews", "0 1", "1 1 1", "0 0 0", 0},
    {"accuracy", "0 1", "0", "1", 0},
    {"f1", "0 1", "0", "1", 0},
    {"f1_micro", "0 1", "0", "1", 0},
    {"f1_macro", "0 1", "0", "1", 0},
    {"matthews", "0 1", "0", "1", 0},
    {"accuracy", "0 1 2", "0 1 2 2 1 0 2", "0 2 2 1 1 0 0", 0.5714285714285714},
    {"f1", "0 1 2", "0 1 2 2 1 0 2", "0 2 2 1 1 0 0", 0.5},
    {"f1_micro", "0 1 2", "0 1 2 2 1 0 2", "0 2 2 1 1 0 0", 0.5714285714285714},
    {"f1_macro", "0 1 2", "0 1 2 2 1 0 2", "0 2 2 1 1 0 0", 0.56666666666666676},
    {"matthews", "0 1 2", "0 1 2 2 1 0 2", "0 2 2 1 1 0 0", 0.375},
    {"accuracy", "0 1 2", "0 1 2 2", "1 1 1 1", 0.25},
    {"f1", "0 1 2", "0 1 2 2", "1 1 1 1", 0.40000000000000002},
    {"f1_micro", "0 1 2", "0 1 2 2", "1 1 1 1", 0.25},
    {"f1_macro", "0 1 2", "0 1 2 2", "1 1 1 1", 0.13333333333333333},
    {"matthews", "0 1 2", "0 1 2 2", "1 1 1 1", 0},
    {"accuracy", "0 1 2", "0 0 1 1", "0 1 1 0", 0.5},
    {"f1", "0 1 2", "0 0 1 1", "0 1 1 0", 0.5},
    {"f1_micro", "0 1 2", "0 0 1 1", "0 1 1 0", 0.5},
    {"f1_macro", "0 1 2", "0 0 1 1", "0 1 1 0", 0.5},
    {"matthews", "0 1 2", "0 0 1 1", "0 1 1 0", 0},
    {"accuracy", "0 1 2", "0 1 2 1", "0 -1 2 -1", 0.5},
    {"f1", "0 1 2", "0 1 2 1", "0 -1 2 -1", 0},
    {"f1_micro", "0 1 2", "0 1 2 1", "0 -1 2 -1", 0.66666666666666663},
    {"f1_macro", "0 1 2", "0 1 2 1", "0 -1 2 -1", 0.66666666666666663},
    {"matthews", "0 1 2", "0 1 2 1", "0 -1 2 -1", 0.59999999999999998},
    {"accuracy", "0 1", "0 1 1", "-1 -1 -1", 0},
    {"f1", "0 1", "0 1 1", "-1 -1 -1", 0},
    {"f1_micro", "0 1", "0 1 1", "-1 -1 -1", 0},
    {"f1_macro", "0 1", "0 1 1", "-1 -1 -1", 0},
    {"matthews", "0 1", "0 1 1", "-1 -1 -1", 0},
    {"pearson", "", "1 2 3 4 5", "1.5 1 3.5 3 5", 0.88679635034786386},
    {"spearman", "", "1 2 3 4 5", "1.5 1 3.5 3 5", 0.79999999999999993},
    {"pearson", "", "1 2 2 3 3 3", "2 1 1 5 4 4", 0.75847274102396367},
    {"spearman", "", "1 2 2 3 3 3", "2 1 1 5 4 4", 0.7627700713964739},
    {"pearson", "", "0 5 2.5", "1 1 1", NAN},
    {"spearman", "", "0 5 2.5", "1 1 1", NAN},
    {"pearson", "", "2 2 2", "1 2 3", NAN},
    {"spearman", "", "2 2 2", "1 2 3", NAN},
    {"pearson", "", "1 2", "2 1", -1},
    {"spearman", "", "1 2", "2 1", -0.99999999999999989},
    {"pearson", "", "1", "1", NAN},
    {"spearman", "", "1", "1", NAN},
    {"pearson", "", "1000000 1000001 1000003", "3 2 1", -0.98198050606196552},
    {"spearman", "", "1000000 1000001 1000003", "3 2 1", -1},
    {"entity_f1", "O B-PER I-PER B-LOC I-LOC", "B-PER I-PER O B-LOC",
     "I-PER I-PER O B-LOC", 1},
    {"entity_precision", "O B-PER I-PER B-LOC I-LOC", "B-PER I-PER O B-LOC",
     "I-PER I-PER O B-LOC", 1},
    {"entity_recall", "O B-PER I-PER B-LOC I-LOC", "B-PER I-PER O B-LOC",
     "I-PER I-PER O B-LOC", 1},
    {"entity_f1_iob1", "O B-PER I-PER B-LOC I-LOC", "B-PER I-PER O B-LOC",
     "I-PER I-PER O B-LOC", 0},
    {"entity_f1_iob2", "O B-PER I-PER B-LOC I-LOC", "B-PER I-PER O B-LOC",
     "I-PER I-PER O B-LOC", 0.66666666666666663},
    {"entity_f1", "O B-PER I-PER B-LOC I-LOC", "B-PER I-PER", "B-PER I-LOC", 0},
    {"entity_precision", "O B-PER I-PER B-LOC I-LOC", "B-PER I-PER", "B-PER I-LOC", 0},
    {"entity_recall", "O B-PER I-PER B-LOC I-LOC", "B-PER I-PER", "B-PER I-LOC", 0},
    {"entity_f1_iob1", "O B-PER I-PER B-LOC I-LOC", "B-PER I-PER", "B-PER I-LOC", 0},
    {"entity_f1_iob2", "O B-PER I-PER B-LOC I-LOC", "B-PER I-PER", "B-PER I-LOC", 0},
    {"entity_f1", "O B-PER I-PER B-LOC I-LOC", "O O", "O O", 0},
    {"entity_precision", "O B-PER I-PER B-LOC I-LOC", "O O", "O O", 0},
    {"entity_recall", "O B-PER I-PER B-LOC I-LOC", "O O", "O O", 0},
    {"entity_f1_iob1", "O B-PER I-PER B-LOC I-LOC", "O O", "O O", 0},
    {"entity_f1_iob2", "O B-PER I-PER B-LOC I-LOC", "O O", "O O", 0},
    {"entity_f1", "O B-PER I-PER B-LOC I-LOC", "O B-LOC", "O O", 0},
    {"entity_precision", "O B-PER I-PER B-LOC I-LOC", "O B-LOC", "O O", 0},
    {"entity_recall", "O B-PER I-PER B-LOC I-LOC", "O B-LOC", "O O", 0},
    {"entity_f1_iob1", "O B-PER I-PER B-LOC I-LOC", "O B-LOC", "O O", 0},
    {"entity_f1_iob2", "O B-PER I-PER B-LOC I-LOC", "O B-LOC", "O O", 0},
    {"entity_f1", "O B-PER I-PER B-LOC I-LOC", "O", "I-LOC", 0},
    {"entity_precision", "O B-PER I-PER B-LOC I-LOC", "O", "I-LOC", 0},
    {"entity_recall", "O B-PER I-PER B-LOC I-LOC", "O", "I-LOC", 0},
    {"entity_f1_iob1", "O B-PER I-PER B-LOC I-LOC", "O", "I-LOC", 0},
    {"entity_f1_iob2", "O B-PER I-PER B-LOC I-LOC", "O", "I-LOC", 0},
    {"entity_f1", "O B-PER I-PER B-LOC I-LOC", "B-PER B-PER|I-PER O",
     "B-PER I-PER|B-PER O", 0.40000000000000002},
    {"entity_precision", "O B-PER I-PER B-LOC I-LOC", "B-PER B-PER|I-PER O",
     "B-PER I-PER|B-PER O", 0.5},
    {"entity_recall", "O B-PER I-PER B-LOC I-LOC", "B-PER B-PER|I-PER O",
     "B-PER I-PER|B-PER O", 0.33333333333333331},
    {"entity_f1_iob1", "O B-PER I-PER B-LOC I-LOC", "B-PER B-PER|I-PER O",
     "B-PER I-PER|B-PER O", 0.66666666666666663},
    {"entity_f1_iob2", "O B-PER I-PER B-LOC I-LOC", "B-PER B-PER|I-PER O",
     "B-PER I-PER|B-PER O", 0},
    {"entity_f1", "O B-PER I-PER B-LOC I-LOC", "I-PER I-PER B-PER O I-LOC B-LOC",
     "I-PER I-PER B-PER O I-LOC B-LOC", 1},
    {"entity_precision", "O B-PER I-PER B-LOC I-LOC", "I-PER I-PER B-PER O I-LOC B-LOC",
     "I-PER I-PER B-PER O I-LOC B-LOC", 1},
    {"entity_recall", "O B-PER I-PER B-LOC I-LOC", "I-PER I-PER B-PER O I-LOC B-LOC",
     "I-PER I-PER B-PER O I-LOC B-LOC", 1},
    {"entity_f1_iob1", "O B-PER I-PER B-LOC I-LOC", "I-PER I-PER B-PER O I-LOC B-LOC",
     "I-PER I-PER B-PER O I-LOC B-LOC", 1},
    {"entity_f1_iob2", "O B-PER I-PER B-LOC I-LOC", "I-PER I-PER B-PER O I-LOC B-LOC",
     "I-PER I-PER B-PER O I-LOC B-LOC", 1},
    {"entity_f1", "O B-PER I-PER B-LOC I-LOC", "B-LOC I-PER I-LOC|I-PER",
     "I-LOC I-PER I-LOC|I-PER", 1},
    {"entity_precision", "O B-PER I-PER B-LOC I-LOC", "B-LOC I-PER I-LOC|I-PER",
     "I-LOC I-PER I-LOC|I-PER", 1},
    {"entity_recall", "O B-PER I-PER B-LOC I-LOC", "B-LOC I-PER I-LOC|I-PER",
     "I-LOC I-PER I-LOC|I-PER", 1},
    {"entity_f1_iob1", "O B-PER I-PER B-LOC I-LOC", "B-LOC I-PER I-LOC|I-PER",
     "I-LOC I-PER I-LOC|I-PER", 0.8571428571428571},
    {"entity_f1_iob2", "O B-PER I-PER B-LOC I-LOC", "B-LOC I-PER I-LOC|I-PER",
     "I-LOC I-PER I-LOC|I-PER", 0},
    {"entity_f1", "O B-PER I-PER B-LOC I-LOC E-PER S-PER E-LOC S-LOC",
     "B-PER E-PER S-LOC O|S-PER", "B-PER E-PER S-LOC O|B-PER", 1},
    {"entity_precision", "O B-PER I-PER B-LOC I-LOC E-PER S-PER E-LOC S-LOC",
     "B-PER E-PER S-LOC O|S-PER", "B-PER E-PER S-LOC O|B-PER", 1},
    {"entity_recall", "O B-PER I-PER B-LOC I-LOC E-PER S-PER E-LOC S-LOC",
     "B-PER E-PER S-LOC O|S-PER", "B-PER E-PER S-LOC O|B-PER", 1},
    {"entity_f1_iobes", "O B-PER I-PER B-LOC I-LOC E-PER S-PER E-LOC S-LOC",
     "B-PER E-PER S-LOC O|S-PER", "B-PER E-PER S-LOC O|B-PER", 0.80000000000000004},
    {"entity_precision_iobes", "O B-PER I-PER B-LOC I-LOC E-PER S-PER E-LOC S-LOC",
     "B-PER E-PER S-LOC O|S-PER", "B-PER E-PER S-LOC O|B-PER", 1},
    {"entity_recall_iobes", "O B-PER I-PER B-LOC I-LOC E-PER S-PER E-LOC S-LOC",
     "B-PER E-PER S-LOC O|S-PER", "B-PER E-PER S-LOC O|B-PER", 0.66666666666666663},
    {"entity_f1", "O B-PER I-PER B-LOC I-LOC E-PER S-PER E-LOC S-LOC",
     "B-PER I-PER E-PER O S-LOC", "B-PER E-PER E-PER O S-LOC", 0.40000000000000002},
    {"entity_precision", "O B-PER I-PER B-LOC I-LOC E-PER S-PER E-LOC S-LOC",
     "B-PER I-PER E-PER O S-LOC", "B-PER E-PER E-PER O S-LOC", 0.33333333333333331},
    {"entity_recall", "O B-PER I-PER B-LOC I-LOC E-PER S-PER E-LOC S-LOC",
     "B-PER I-PER E-PER O S-LOC", "B-PER E-PER E-PER O S-LOC", 0.5},
    {"entity_f1_iobes", "O B-PER I-PER B-LOC I-LOC E-PER S-PER E-LOC S-LOC",
     "B-PER I-PER E-PER O S-LOC", "B-PER E-PER E-PER O S-LOC", 0.5},
    {"entity_precision_iobes", "O B-PER I-PER B-LOC I-LOC E-PER S-PER E-LOC S-LOC",
     "B-PER I-PER E-PER O S-LOC", "B-PER E-PER E-PER O S-LOC", 0.5},
    {"entity_recall_iobes", "O B-PER I-PER B-LOC I-LOC E-PER S-PER E-LOC S-LOC",
     "B-PER I-PER E-PER O S-LOC", "B-PER E-PER E-PER O S-LOC", 0.5},
    {"entity_f1", "O B-PER I-PER B-LOC I-LOC E-PER S-PER E-LOC S-LOC",
     "S-PER S-PER I-LOC E-LOC", "E-PER S-PER B-LOC E-LOC", 1},
    {"entity_precision", "O B-PER I-PER B-LOC I-LOC E-PER S-PER E-LOC S-LOC",
     "S-PER S-PER I-LOC E-LOC", "E-PER S-PER B-LOC E-LOC", 1},
    {"entity_recall", "O B-PER I-PER B-LOC I-LOC E-PER S-PER E-LOC S-LOC",
     "S-PER S-PER I-LOC E-LOC", "E-PER S-PER B-LOC E-LOC", 1},
    {"entity_f1_iobes", "O B-PER I-PER B-LOC I-LOC E-PER S-PER E-LOC S-LOC",
     "S-PER S-PER I-LOC E-LOC", "E-PER S-PER B-LOC E-LOC", 0.5},
    {"entity_precision_iobes", "O B-PER I-PER B-LOC I-LOC E-PER S-PER E-LOC S-LOC",
     "S-PER S-PER I-LOC E-LOC", "E-PER S-PER B-LOC E-LOC", 0.5},
    {"entity_recall_iobes", "O B-PER I-PER B-LOC I-LOC E-PER S-PER E-LOC S-LOC",
     "S-PER S-PER I-LOC E-LOC", "E-PER S-PER B-LOC E-LOC", 0.5},
    {"entity_f1", "O B-PER I-PER B-LOC I-LOC E-PER S-PER E-LOC S-LOC", "B-PER I-PER O",
     "B-PER E-LOC O", 0},
    {"entity_precision", "O B-PER I-PER B-LOC I-LOC E-PER S-PER E-LOC S-LOC",
     "B-PER I-PER O", "B-PER E-LOC O", 0},
    {"entity_recall", "O B-PER I-PER B-LOC I-LOC E-PER S-PER E-LOC S-LOC",
     "B-PER I-PER O", "B-PER E-LOC O", 0},
    {"entity_f1_iobes", "O B-PER I-PER B-LOC I-LOC E-PER S-PER E-LOC S-LOC",
     "B-PER I-PER O", "B-PER E-LOC O", 0},
    {"entity_precision_iobes", "O B-PER I-PER B-LOC I-LOC E-PER S-PER E-LOC S-LOC",
     "B-PER I-PER O", "B-PER E-LOC O", 0},
    {"entity_recall_iobes", "O B-PER I-PER B-LOC I-LOC E-PER S-PER E-LOC S-LOC",
     "B-PER I-PER O", "B-PER E-LOC O", 0},
    /* tags without a type */
    {"entity_f1", "O B I", "B I O I|I B O", "O I O I|I I O", 0.28571428571428575},
    {"entity_f1", "O E I", "E I O E", "E E O E", 1},
    /* sets */
    {"f1_micro", "{x y z", "1 0 1|0 1 0|0 0 0", "1 0 0|0 1 0|0 0 1",
     0.66666666666666663},
    {"f1_macro", "{x y z", "1 0 1|0 1 0|0 0 0", "1 0 0|0 1 0|0 0 1",
     0.66666666666666663},
    {"exact", "{x y z", "1 0 1|0 1 0|0 0 0", "1 0 0|0 1 0|0 0 1", 0.33333333333333331},
    {"f1_micro", "{x y", "1 0|1 0", "1 0|0 0", 0.66666666666666663},
    {"f1_macro", "{x y", "1 0|1 0", "1 0|0 0", 0.33333333333333331},
    {"exact", "{x y", "1 0|1 0", "1 0|0 0", 0.5},
    {"f1_micro", "{x y", "0 0|0 0", "0 0|0 0", 0},
    {"f1_macro", "{x y", "0 0|0 0", "0 0|0 0", 0},
    {"exact", "{x y", "0 0|0 0", "0 0|0 0", 1},
};

static float answer_of(const struct predictions *set, struct slice word) {
    char text[32];
    for (int k = 0; k < set->label_count; k++)
        if (slice_equal(word, str_slice(&set->labels[k])))
            return (float)k;
    memcpy(text, word.data, word.size);
    text[word.size] = '\0';
    return (float)atof(text);
}

static int64_t read_words(const struct predictions *set, struct slice words,
                          float *out) {
    struct slice word;
    int64_t n = 0;
    while (slice_field(&words, ' ', &word))
        out[n++] = answer_of(set, word);
    return n;
}

/* Every answer of a line is an example, but of tags a sentence is, of sets each set. */
static void make(struct predictions *set, const struct row *row, int times) {
    float some[64], *answers;
    struct slice rest, part;
    bool tags = strncmp(row->metric, "entity", 6) == 0, sets = row->labels[0] == '{';
    *set = (struct predictions){.kind = tags           ? PREDICTIONS_TAGS
                                        : sets         ? PREDICTIONS_SETS
                                        : *row->labels ? PREDICTIONS_LABELS
                                                       : PREDICTIONS_NUMBERS};
    str_append(&set->name, "set", 3);
    for (rest = slice_of(row->labels + sets); slice_field(&rest, ' ', &part);)
        predictions_add_label(set, part);
    for (int i = 0; i < times; i++)
        for (rest = slice_of(row->gold);
             slice_field(&rest, tags || sets ? '|' : ' ', &part);) {
            int64_t n = read_words(set, part, some);
            memcpy(predictions_add_example(set, n), some, (size_t)n * sizeof *some);
        }
    answers = predictions_add_run(set, &(struct prediction_run){0});
    for (int i = 0; i < times; i++)
        for (rest = slice_of(row->predicted); slice_field(&rest, '|', &part);)
            answers += read_words(set, part, answers);
}

static double score(const struct row *row, int times, const double *weights) {
    struct predictions set;
    struct sheet sheet;
    struct err err = {0};
    double got = -9;
    make(&set, row, times);
    const struct metric *metric = metric_find(slice_of(row->metric), &err);
    if (sheet_init(&sheet, &set, metric, &err) < 0)
        diag("%s", err.text);
    else if (weights)
        sheet_scores(&sheet, weights, 1, &got);
    else
        sheet_score(&sheet, &got);
    sheet_fini(&sheet);
    predictions_fini(&set);
    return got;
}

static bool are_near(double a, double b) {
    return (isnan(a) && isnan(b)) || fabs(a - b) <= 1e-12;
}

static void test_rows(void) {
    double twos[16];
    for (int i = 0; i < 16; i++)
        twos[i] = 2;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        double got = score(row, 1, NULL);
        ok(are_near(got, row->want), "%s of %s for %s: %.17g (want %.17g)", row->metric,
           row->predicted, row->gold, got, row->want);
        double doubled = score(row, 2, NULL), weighted = score(row, 1, twos);
        ok(are_near(doubled, weighted), "%s: twice is a weight of 2: %.17g %.17g",
           row->metric, doubled, weighted);
    }
}

/* Weights of 0, 1 and 3 are examples that are left out, there, and there thrice. */
static const struct {
    struct row drawn, plain;
} draws[] = {
    {{"accuracy", "0 1", "0 1 1 0", "0 0 1 1", 0},
     {"accuracy", "0 1", "1 1 1 1 0", "0 1 1 1 1", 0}},
    {{"matthews", "0 1", "0 1 1 0", "0 0 1 0", 0},
     {"matthews", "0 1", "1 1 1 1 0", "0 1 1 1 0", 0}},
    {{"pearson", "", "9 1 2 4", "7 3 2 1", 0},
     {"pearson", "", "1 2 2 2 4", "3 2 2 2 1", 0}},
    {{"pearson", "", "9 1 2 4", "7.3 2.1 2.1 2.1", 0},
     {"pearson", "", "1 2 2 2 4", "2.1 2.1 2.1 2.1 2.1", 0}},
    {{"spearman", "", "9 1 2 2", "7 3 2 1", 0},
     {"spearman", "", "1 2 2 2 2", "3 2 2 2 1", 0}},
};

static void test_draws(void) {
    const double weights[] = {0, 1, 3, 1};
    for (size_t i = 0; i < sizeof draws / sizeof *draws; i++) {
        double got = score(&draws[i].drawn, 1, weights);
        double want = score(&draws[i].plain, 1, NULL);
        ok(are_near(got, want), "%s of a draw: %.17g (want %.17g)",
           draws[i].drawn.metric, got, want);
    }
}

static void test_baselines(void) {
    static const struct {
        struct row row;
        bool constant;
    } cases[] = {
        {{"accuracy", "0 1", "0 1 1 0 1", "1 1 1 1 1", .6}, true},
        {{"accuracy", "0 1", "0 1 1 0 1", "1 0 1 1 1", .6}, false},
        {{"accuracy", "0 1", "1 1", "1 1", 1}, false}, /* it could not be otherwise */
        {{"matthews", "0 1", "0 1 1", "0 0 0", 0}, true},
        {{"f1", "0 1", "0 1 1", "0 1 1", .8}, false},
        {{"pearson", "", "1 2 3", "2 2 2", NAN}, true},
        {{"exact", "{x y", "1 0|1 1|1 0", "1 1|1 1|1 1", 2. / 3}, true},
        {{"f1_micro", "{x y", "1 0|0 1|0 0", "1 1|1 1|1 0", 0}, false},
        {{"exact", "{x y", "1 0|1 0", "1 0|1 0", 1}, false},
        {{"entity_f1", "O B-X", "O O B-X|O", "O O O|O", 0}, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct predictions set;
        make(&set, &cases[i].row, 1);
        double got =
            sheet_majority(&set, metric_find(slice_of(cases[i].row.metric), NULL));
        ok(are_near(got, cases[i].row.want), "case %zu: the majority has %g", i, got);
        is_int(sheet_is_constant(&set, 0), cases[i].constant, "case %zu: constant", i);
        predictions_fini(&set);
    }
}

static void test_refusals(void) {
    static const struct {
        struct row row;
        const char *says;
    } cases[] = {
        {{"pearson", "0 1", "0 1", "0 1", 0}, "set: pearson does not judge labels"},
        {{"accuracy", "", "0 1", "0 1", 0}, "set: accuracy does not judge numbers"},
        {{"f1", "{x", "0|1", "0|1", 0}, "set: f1 does not judge sets"},
        {{"entity_f1_iob2", "O E-X", "O", "O", 0}, "label 'E-X' is none of IOB2"},
    };
    struct err err = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct predictions set;
        struct sheet sheet;
        make(&set, &cases[i].row, 1);
        const struct metric *metric = metric_find(slice_of(cases[i].row.metric), NULL);
        is_int(sheet_init(&sheet, &set, metric, &err), -1, "%s", cases[i].says);
        is_int(err.code, ERR_DATA, "is 65");
        ok(strstr(err.text, cases[i].says) != NULL, "%s", err.text);
        sheet_fini(&sheet);
        predictions_fini(&set);
    }
    ok(metric_find(slice_of("acuracy"), &err) == NULL && err.code == ERR_USAGE, "%s",
       err.text);
}

int main(void) {
    test_rows();
    test_draws();
    test_baselines();
    test_refusals();
    return tap_done();
}
