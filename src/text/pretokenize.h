/* SPDX-License-Identifier: Apache-2.0 */
/* Normalised text into words: Hugging Face's BertPreTokenizer. */
#ifndef MPIBERT_TEXT_PRETOKENIZE_H
#define MPIBERT_TEXT_PRETOKENIZE_H

#include <stdbool.h>

#include "src/base/str.h"

/* Takes the next word off *rest, which is well-formed UTF-8: a punctuation character,
 * or the longest run without white space and punctuation.  False at the end. */
bool pretokenize_next(struct slice *rest, struct slice *word);

#endif
