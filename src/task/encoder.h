/* SPDX-License-Identifier: Apache-2.0 */
/* Texts, pairs of texts and sentences of words as ids of a model, cut to its length as
 * transformers' fast tokenizers cut them.  Local. */
#ifndef MPIBERT_TASK_ENCODER_H
#define MPIBERT_TASK_ENCODER_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/str.h"
#include "src/core/vocab.h"
#include "src/text/ids.h"
#include "src/text/offsets.h"
#include "src/text/tokenizer.h"

struct encoder {
    struct tokenizer *tokenizer; /* borrowed, as the vocabulary */
    const struct vocab *vocab;
    const struct normalizer_options *normalizer; /* borrowed: the tokenizer's */
    int64_t length; /* tokens of an example at most, special ones too; 3 at least */
    struct ids first, second; /* owned: what lies there before it is cut */
    struct offsets *offsets;  /* owned; NULL: no place was asked for */
};

/* What became of an example. */
struct encoded {
    int32_t length; /* tokens, special ones too */
    int32_t split;  /* first token of segment 1; = length without a second text */
    bool cut;       /* tokens were left out at the end */
};

/* Appends [CLS] text [SEP] to *out, or with a second text (data not NULL) [CLS] text
 * [SEP] second [SEP].  Of what is too long the longer text loses its end until both are
 * as long, then both do ("longest first"). */
struct encoded encoder_texts(struct encoder *encoder, struct slice text,
                             struct slice second, struct ids *out);
/* Appends [CLS] words [SEP].  places[i] is where in the example word i's first piece
 * is, or -1 where it has none: after the cut, or nothing but what is dropped from text.
 */
struct encoded encoder_words(struct encoder *encoder, const struct slice *words,
                             int64_t count, int32_t *places, struct ids *out);
/* Which of a text's tokens, from 0, is the first that reaches beyond a byte; as many as
 * there are: none. */
int32_t encoder_find(struct encoder *encoder, struct slice text, size_t byte);
void encoder_fini(struct encoder *encoder);

#endif
