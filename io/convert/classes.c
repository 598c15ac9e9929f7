/* SPDX-License-Identifier: Apache-2.0 */
/* The table of classes: see classes.h.  Our own tensor names are those of BERT. */
#include "io/convert/classes.h"

#include <string.h>

enum {
    HEADS = LAYOUT_PRETRAINING | LAYOUT_MLM,
    TASKS = LAYOUT_CLASSIFY | LAYOUT_TAG | LAYOUT_CHOOSE,
    ALL = HEADS | LAYOUT_ENCODER | TASKS | LAYOUT_ANSWER,
};

static const struct class_part bert_parts[] = {
    {"bert.pooler.", "bert.pooler.",
     LAYOUT_PRETRAINING | LAYOUT_ENCODER | LAYOUT_CLASSIFY | LAYOUT_CHOOSE},
    {"bert.", "bert.", ALL},
    {"cls.predictions.", "cls.predictions.", HEADS},
    {"cls.seq_relationship.", "cls.seq_relationship.", LAYOUT_PRETRAINING},
    {"classifier.", "classifier.", TASKS},
    {"classifier.", "qa_outputs.", LAYOUT_ANSWER},
    {0},
};

/* Of its two models one has the head of pretraining, the other that of MLM.  It has no
 * pooler, but what stands in its place in heads of tasks (model/pooler.h). */
static const struct class_part electra_parts[] = {
    {"bert.pooler.dense.", "classifier.dense.", LAYOUT_CLASSIFY},
    {"bert.pooler.dense.", "sequence_summary.summary.", LAYOUT_CHOOSE},
    {"bert.", "electra.", ALL},
    {"discriminator_predictions.", "discriminator_predictions.", LAYOUT_PRETRAINING},
    {"cls.predictions.transform.", "generator_predictions.", LAYOUT_MLM},
    {"cls.predictions.bias", "generator_lm_head.bias", LAYOUT_MLM},
    {"cls.predictions.decoder.", "generator_lm_head.", 0}, /* tied */
    {"cls.seq_relationship.", NULL, 0},
    {"classifier.", "classifier.out_proj.", LAYOUT_CLASSIFY},
    {"classifier.", "classifier.", LAYOUT_TAG | LAYOUT_CHOOSE},
    {"classifier.", "qa_outputs.", LAYOUT_ANSWER},
    {0},
};

static const struct class classes[] = {
    {.kind = "bert",
     .architectures = {"BertForPreTraining", "BertForMaskedLM", "BertModel",
                       "BertForSequenceClassification", "BertForTokenClassification",
                       "BertForMultipleChoice", "BertForQuestionAnswering"},
     .base = "bert.",
     .parts = bert_parts},
    {.kind = "megatron-bert",
     .architectures = {"MegatronBertForPreTraining", "MegatronBertForMaskedLM",
                       "MegatronBertModel", "MegatronBertForSequenceClassification",
                       "MegatronBertForTokenClassification",
                       "MegatronBertForMultipleChoice",
                       "MegatronBertForQuestionAnswering"},
     .base = "bert.",
     .parts = bert_parts},
    {.kind = "electra",
     .architectures = {[EXPORT_PRETRAINING] = "ElectraForPreTraining",
                       [EXPORT_MLM] = "ElectraForMaskedLM",
                       [EXPORT_ENCODER] = "ElectraModel",
                       [EXPORT_CLASSIFY] = "ElectraForSequenceClassification",
                       [EXPORT_TAG] = "ElectraForTokenClassification",
                       [EXPORT_CHOOSE] = "ElectraForMultipleChoice",
                       [EXPORT_ANSWER] = "ElectraForQuestionAnswering"},
     .base = "electra.",
     .parts = electra_parts,
     .embedding_size = true,
     .head_gelu = true},
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
