/* SPDX-License-Identifier: Apache-2.0 */
/* The classes of transformers that a model can be: a row each, with the names of its
 * tensors.  A row is found by the model's kind (model.kind), which is transformers'
 * word for it. */
#ifndef MPIBERT_IO_CONVERT_CLASSES_H
#define MPIBERT_IO_CONVERT_CLASSES_H

#include <stdbool.h>

#include "io/convert/convert.h"

/* A set of layouts. */
enum {
    LAYOUT_PRETRAINING = 1 << EXPORT_PRETRAINING,
    LAYOUT_MLM = 1 << EXPORT_MLM,
    LAYOUT_ENCODER = 1 << EXPORT_ENCODER,
    LAYOUT_CLASSIFY = 1 << EXPORT_CLASSIFY,
    LAYOUT_TAG = 1 << EXPORT_TAG,
    LAYOUT_CHOOSE = 1 << EXPORT_CHOOSE,
    LAYOUT_ANSWER = 1 << EXPORT_ANSWER,
};

/* Tensors by the beginning of our name and of theirs, and the layouts that they are in;
 * the first row that fits counts, or of those after it for the same tensors the one of
 * the layout. */
struct class_part {
    const char *ours, *theirs; /* theirs NULL: the class has no such tensors */
    unsigned layouts;
};

struct class {
    const char *kind;                          /* transformers' model_type */
    const char *architectures[EXPORT_LAYOUTS]; /* NULL: it has none for the layout */
    const char *base; /* before the encoder's names where there may be heads */
    const struct class_part *parts; /* ended by a row without ours */
    bool embedding_size;            /* its config.json says how wide embeddings are */
    bool head_gelu; /* its masked language head has gelu (erf) and no other */
};

/* By a kind's name, or NULL. */
const struct class *classes_find(struct slice kind);
/* The class that has an architecture ("BertForMaskedLM"), or NULL. */
const struct class *classes_of(struct slice architecture);
/* The layout whose architecture that is; EXPORT_LAYOUTS: of none. */
enum export_layout classes_layout(struct slice architecture);
/* "bert, megatron-bert" is appended to *out. */
void classes_list(struct str *out);

#endif
