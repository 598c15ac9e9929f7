/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger of what was read, for a human. */
#ifndef MPIBERT_TRAIN_TALLIES_H
#define MPIBERT_TRAIN_TALLIES_H

#include "src/core/tally.h"

/* On standard output: a line a counter that is not zero, then whether bytes add up. */
void tallies_print(const struct tally *tally);

#endif
