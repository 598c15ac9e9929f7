/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger of what was read, for a human. */
#ifndef MPIBERT_TRAIN_TALLIES_H
#define MPIBERT_TRAIN_TALLIES_H

#include "src/core/tally.h"

/* On standard output: a line a counter that is not zero. */
void tallies_print(const struct tally *tally);
/* Whether bytes add up, which they do where shards were read to their end. */
void tallies_print_balance(const struct tally *tally);

#endif
