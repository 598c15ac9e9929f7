/* SPDX-License-Identifier: Apache-2.0 */
/* A model with its vocabulary and options, whole, out of a checkpoint or a Hugging Face
 * folder: what export, fill, eval and init_from start from.  Local. */
#ifndef MPIBERT_INFER_BUNDLE_H
#define MPIBERT_INFER_BUNDLE_H

#include <stdint.h>

#include "src/base/err.h"
#include "src/base/hash.h"
#include "src/core/config.h"
#include "src/core/params.h"
#include "src/core/vocab.h"

struct bundle {
    char *name; /* the file or folder it came from */
    struct config config;
    struct shape shape;
    uint32_t objectives; /* a set (core/objectives.h): those there are heads for */
    uint32_t generator;  /* likewise of the generator beside it (model/generator.h); 0:
                            it has none */
    struct vocab vocab;
    struct params_table table; /* model_layout's, or generator_layout's */
    struct params weights;
    struct str
        *labels; /* (label_count) of bundle_load_task, as people read them; owned */
    int label_count;
    struct str missing; /* tensors a folder lacked, a line each: initialised afresh */
    int64_t step;       /* 0 for a folder */
    uint64_t tokens;
    char state_hash[HASH_HEX_SIZE]; /* "" for a folder */
    struct str file,
        versions; /* the checkpoint, and what wrote it; empty for a folder */
};

/* What a path is: a folder with a checkpoint in it is a run's, whatever else it holds;
 * any other with a config.json is Hugging Face's; what is no folder is a checkpoint or
 * nothing. */
enum bundle_kind { BUNDLE_CHECKPOINT, BUNDLE_FOLDER, BUNDLE_NEITHER };
enum bundle_kind bundle_kind(const char *path);

/* `path`: a checkpoint file, a run's folder (its newest good checkpoint) or a Hugging
 * Face folder, told apart as above.  66 not there, 65 damaged or not ours, 70 weights
 * that are not finite. */
int bundle_load(const char *path, struct bundle *bundle, struct err *err);
/* The model that a run of this configuration begins with, its weights random.  66, 65,
 * 78: its vocabulary. */
int bundle_begin(const struct config *config, struct bundle *bundle, struct err *err);
/* A Hugging Face folder with a task's head: BertForSequenceClassification,
 * BertForTokenClassification, BertForMultipleChoice or BertForQuestionAnswering.  Its
 * objective is the one that trains such a head.  66 not there, 65 of another kind. */
int bundle_load_task(const char *path, struct bundle *bundle, struct err *err);
/* Whether it has a tensor that was read. */
bool bundle_has(const struct bundle *bundle, const char *name);
/* 78: its vocabulary is not that of a run, which `path` names. */
int bundle_check_vocab(const struct bundle *bundle, const struct vocab *vocab,
                       const char *path, struct err *err);
/* Copies the weights that were read into others, by their names, and appends the names
 * of those that there are none for to *fresh, a line each.  78: another size. */
int bundle_copy(const struct bundle *bundle, struct params *weights, struct str *fresh,
                struct err *err);
/* The same into a model of other layers: its layer i is taken from layers[i] (count),
 * others from nowhere. */
int bundle_copy_layers(const struct bundle *bundle, const int64_t *layers,
                       int64_t count, struct params *weights, struct str *fresh,
                       struct err *err);
void bundle_fini(struct bundle *bundle);

#endif
