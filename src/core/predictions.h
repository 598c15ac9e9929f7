/* SPDX-License-Identifier: Apache-2.0 */
/* What many runs answered to the same questions: the noun that fine-tuning makes, one
 * file keeps (io/predictions.h) and judging reads.
 *
 * An example is what is drawn when significance is asked for: a sentence, a pair of
 * sentences.  It has one question (its label, its score), one a word (its tags), or one
 * a label (whether it has it). */
#ifndef MPIBERT_CORE_PREDICTIONS_H
#define MPIBERT_CORE_PREDICTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/err.h"
#include "src/base/str.h"

enum predictions_kind {
    PREDICTIONS_LABELS,  /* a label an example: its number in `labels` */
    PREDICTIONS_NUMBERS, /* a number an example */
    PREDICTIONS_TAGS,    /* a label a word */
    PREDICTIONS_SETS,    /* any number of labels an example: 0 or 1 for each of them */
    PREDICTIONS_WORTH,   /* what an answer in words is worth: exact match and F1 */
    PREDICTIONS_SCORES,  /* no answer but what it was worth: its mean is the score */
};

/* Which model answered.  -1: not known. */
struct prediction_run {
    struct str release; /* the pretrained model's name; owned */
    int64_t pretraining_seed, step;
    double rate;  /* of fine-tuning: its learning rate; 0: not known */
    int64_t seed; /* of fine-tuning */
};

/* A set: one task's questions, and every run's answers.  Zero it to begin; what is
 * owned ends with predictions_fini. */
struct predictions {
    struct str name; /* of the set: "mrpc", "mnli-matched"; owned */
    enum predictions_kind kind;
    struct str metrics; /* that judge it, the first of them first: "accuracy f1" */
    struct str *labels; /* (label_count) owned, as people read them: "B-PER" */
    int label_count;
    int64_t examples, questions;
    int64_t *lengths; /* (examples) questions of each; owned */
    float *gold;      /* (questions) the right answers (unless PREDICTIONS_SCORES) */
    int runs;
    struct prediction_run *run; /* (runs) */
    /* (runs, questions) the answers.  A label of -1 is none: of a word that the model
     * did not see.  It counts, as a wrong one. */
    float *predicted;
};

/* Room for an example with so many questions; returns where its right answers go. */
float *predictions_add_example(struct predictions *set, int64_t questions);
/* A label's name gets the next number. */
void predictions_add_label(struct predictions *set, struct slice name);
/* A run's identity (copied), after all examples; returns where its (questions) answers
 * go. */
float *predictions_add_run(struct predictions *set, const struct prediction_run *run);
/* Appends the runs of another set of the same questions: other models' answers.  65,
 * with nothing appended: other questions, or a run of the same pretraining seed, step,
 * rate and seed as one that is there. */
int predictions_join(struct predictions *set, const struct predictions *more,
                     struct err *err);
const float *predictions_of_run(const struct predictions *set, int run);
/* "labels", … of a kind, and back: -1 for a word that is none. */
const char *predictions_kind_name(enum predictions_kind kind);
int predictions_kind_of(struct slice name);
void predictions_fini(struct predictions *set);

#endif
