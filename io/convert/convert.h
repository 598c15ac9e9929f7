/* SPDX-License-Identifier: Apache-2.0 */
/* What goes out to other programs, and what comes in from them, whatever the form: the
 * nouns of format.h. */
#ifndef MPIBERT_IO_CONVERT_CONVERT_H
#define MPIBERT_IO_CONVERT_CONVERT_H

#include <stdbool.h>
#include <stdint.h>

#include "io/convert/story.h"
#include "src/base/err.h"
#include "src/base/str.h"
#include "src/core/config.h"
#include "src/core/params.h"
#include "src/core/vocab.h"

/* Which heads go along: all of pretraining, that of masked language modelling, none; or
 * a task's. */
enum export_layout {
    EXPORT_PRETRAINING,
    EXPORT_MLM,
    EXPORT_ENCODER,
    EXPORT_CLASSIFY, /* a label or a number of each text */
    EXPORT_TAG,      /* a label of each word */
    EXPORT_CHOOSE,   /* one of several texts */
    EXPORT_ANSWER,   /* where in a text an answer is */
    EXPORT_LAYOUTS,
    EXPORT_FULLEST = EXPORT_LAYOUTS /* the first of pretraining that can be written */
};

/* "pretraining" "mlm" "encoder" "classify" "tag" "choose" "answer" */
extern const char *const export_layout_names[EXPORT_LAYOUTS];
/* One of pretraining's; -1 (64) for another name. */
int export_layout_parse(const char *name, enum export_layout *layout, struct err *err);

/* What an export is made of; all borrowed. */
struct export_source {
    const struct config *config; /* kind, tokenizer flags, dropout, initializer range */
    const struct shape *shape;
    const struct vocab *vocab;
    const struct params *weights; /* a table as model_layout makes it */
    int64_t step;
    uint64_t tokens;
    int64_t atoms; /* the last rows of its vocabulary are those of a dictionary */
    const char *state_hash;
    const struct story *story; /* for the card; NULL: nothing more is known */
    const char *task;          /* that it was fine-tuned for; NULL: none */
    const struct str *labels;  /* (label_count) of its head; NULL: a number */
    int label_count;
    bool several; /* a text may have several of them, or none */
};

struct class;

/* What a model becomes. */
struct export_plan {
    enum export_layout layout;
    const struct class *class;
    const char *architecture; /* the program's name for it: "BertForPreTraining" */
    struct str lost; /* what was trained and does not go along: "pooler and …"; owned */
};
void export_plan_fini(struct export_plan *plan);

/* What a folder says besides its options. */
struct import_header {
    const struct class *class;
    struct str vocab;            /* vocab.txt, byte for byte; owned */
    struct params_table tensors; /* of the file, by our names; owned */
    int64_t vocab_rows; /* rows of the word embedding (may exceed the vocabulary's) */
    struct str *labels; /* (label_count) of a task's head, by their numbers; owned */
    int label_count;
    enum export_layout layout; /* of its architecture; EXPORT_LAYOUTS: not known */
    bool regression;           /* that head gives a number */
    bool several;              /* or any number of labels */
};
void import_header_fini(struct import_header *header);

#endif
