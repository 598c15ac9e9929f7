/* SPDX-License-Identifier: Apache-2.0 */
/* Notes: what a run does that its user may not have meant, each with the cure.  Nothing
 * here is an error.  Local, for rank 0, on standard output. */
#ifndef MPIBERT_TRAIN_NOTES_H
#define MPIBERT_TRAIN_NOTES_H

#include <stdbool.h>

#include "src/core/config.h"
#include "src/core/tally.h"

/* Before the first step: warm-up and decay against the steps of the run. */
void notes_schedule(const struct config *config);
/* Once examples were seen: pairs of one kind, random halves that had no other document,
 * tokens cut off. */
void notes_examples(const struct config *config, const struct tally *tally);
/* Whether pairs are enough to judge; then, if nearly all are of one kind, warns. */
bool notes_warn_pairs(const struct config *config, const struct tally *tally);
/* Whether enough was read to judge; then, if over 1 % of the tokens are [UNK],
 * warns. */
bool notes_warn_unknown(const struct tally *tally);

#endif
