/* SPDX-License-Identifier: Apache-2.0 */
/* A view with its special tokens, written out as an example. */
#ifndef MPIBERT_DATA_COLLATE_H
#define MPIBERT_DATA_COLLATE_H

#include <stdbool.h>
#include <stdint.h>

#include "src/core/example.h"
#include "src/core/tally.h"
#include "src/core/vocab.h"
#include "src/data/block.h"

/* Room for examples of at most `length` tokens. */
void collate_init(struct example *example, int64_t length);
/* [CLS] A [SEP] or [CLS] A [SEP] B [SEP], nothing masked.  Documents in A are separated
 * by [SEP]; or, to `isolate` them, each is a [CLS] … [SEP] with a cut between. */
void collate_view(const struct block *block, const struct view *view,
                  const struct vocab *vocab, bool isolate, struct example *example);
/* Adds an example that was made of a view to what examples hold. */
void collate_count(const struct view *view, const struct example *example,
                   struct tally *tally);
void collate_fini(struct example *example);

#endif
