/* SPDX-License-Identifier: Apache-2.0 */
/* The table of classes: see classes.h.  Our own tensor names are those of BERT. */
#include "io/convert/classes.h"

#include <string.h>

enum {
    HEADS = LAYOUT_PRETRAINING | LAYOUT_MLM,
    TASKS = LAYOUT_CLASSIFY | LAYOUT_TAG | LAYOUT_CHOOSE,
    ALL = HEADS | LAYOUT_ENCODER | TASKS,
};

static const struct class_part bert_parts[] = {
    {"bert.pooler.", "bert.pooler.",
     LAYOUT_PRETRAINING | LAYOUT_ENCODER | LAYOUT_CLASSIFY | LAYOUT_CHOOSE},
    {"bert.", "bert.", ALL},
    {"cls.predictions.", "cls.predictions.", HEADS},
    {"cls.seq_relationship.", "cls.seq_relationship.", LAYOUT_PRETRAINING},
    {"classifier.", "classifier.", TASKS},
    {0},
};

static const struct class classes[] = {
    {"bert",
     {"BertForPreTraining", "BertForMaskedLM", "BertModel",
      "BertForSequenceClassification", "BertForTokenClassification",
      "BertForMultipleChoice"},
     "bert.",
     bert_parts},
    {"megatron-bert",
     {"MegatronBertForPreTraining", "MegatronBertForMaskedLM", "MegatronBertModel",
      "MegatronBertForSequenceClassification", "MegatronBertForTokenClassification",
      "MegatronBertForMultipleChoice"},
     "bert.",
     bert_parts},
};

enum { CLASSES = sizeof classes / sizeof *classes };

const struct class *classes_find(struct slice kind) {
    for (int i = 0; i < CLASSES; i++)
        if (slice_equal(kind, slice_of(classes[i].kind)))
            return &classes[i];
    return NULL;
}

/* Its place among all architectures of all classes; where it is none's, their number.
 */
static int find_architecture(struct slice architecture) {
    for (int i = 0; i < CLASSES * EXPORT_LAYOUTS; i++) {
        const struct class *class = &classes[i / EXPORT_LAYOUTS];
        const char *name = class->architectures[i % EXPORT_LAYOUTS];
        if (name && slice_equal(architecture, slice_of(name)))
            return i;
    }
    return CLASSES * EXPORT_LAYOUTS;
}

const struct class *classes_of(struct slice architecture) {
    int i = find_architecture(architecture) / EXPORT_LAYOUTS;
    return i < CLASSES ? &classes[i] : NULL;
}

enum export_layout classes_layout(struct slice architecture) {
    int i = find_architecture(architecture);
    return i < CLASSES * EXPORT_LAYOUTS ? (enum export_layout)(i % EXPORT_LAYOUTS)
                                        : EXPORT_LAYOUTS;
}

void classes_list(struct str *out) {
    for (int i = 0; i < CLASSES; i++)
        str_printf(out, "%s%s", i ? ", " : "", classes[i].kind);
}
