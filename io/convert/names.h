/* SPDX-License-Identifier: Apache-2.0 */
/* What tensors are called outside.  Inside, names are those of Hugging Face's
 * BertForPreTraining; classes.c has those of other classes; here is how layouts, older
 * programs and other people differ. */
#ifndef MPIBERT_IO_CONVERT_NAMES_H
#define MPIBERT_IO_CONVERT_NAMES_H

#include <stdbool.h>

#include "io/convert/classes.h"
#include "src/base/str.h"

#define NAMES_WORDS "bert.embeddings.word_embeddings.weight"
#define NAMES_MLM_BIAS "cls.predictions.bias"
#define NAMES_POOLER "bert.pooler.dense.weight"
#define NAMES_TASK "classifier.weight"
#define NAMES_RTD "discriminator_predictions.dense.weight"
#define NAMES_NSP "cls.seq_relationship.weight"

/* Puts our name for one of a class's file into *ours: the class's own names, with or
 * without its base, LayerNorm's gamma and beta as weight and bias, NVIDIA's dense_act
 * as dense.  What the class does not know is taken for a part of the encoder. */
void names_canonical(const struct class *class, const char *theirs, struct str *ours);
/* Constants that old versions saved among the weights (position_ids, token_type_ids).
 */
bool names_is_buffer(const char *ours);
/* The tensor that must hold the same values (the decoder's are the word embedding and
 * the prediction bias), or NULL. */
const char *names_tied_to(const char *ours);
/* One row a token: may be padded by others. */
bool names_has_vocab_rows(const char *ours);
/* Which may not be missing: the embeddings and the encoder. */
bool names_is_required(const char *ours);

/* Whether a class has a word on our tensor, be it that it has none of the kind. */
bool names_is_known(const struct class *class, const char *ours);
/* Whether a class's layout has our tensor; *theirs, unless NULL, is then its name. */
bool names_in_layout(const struct class *class, const char *ours,
                     enum export_layout layout, struct str *theirs);

#endif
