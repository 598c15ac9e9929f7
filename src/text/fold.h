/* SPDX-License-Identifier: Apache-2.0 */
/* A word in small letters, character by character, as lists of words spell it. */
#ifndef MPIBERT_TEXT_FOLD_H
#define MPIBERT_TEXT_FOLD_H

#include <stddef.h>

#include "src/base/str.h"

enum { FOLD_MAX = 96 };

/* Writes the word to out and returns it so; longer than FOLD_MAX bytes: empty.  Bytes
 * that are ill-formed stay as they are. */
struct slice fold_word(struct slice word, char out[FOLD_MAX]);

#endif
