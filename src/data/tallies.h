/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger of what was read, for a human. */
#ifndef MPIBERT_DATA_TALLIES_H
#define MPIBERT_DATA_TALLIES_H

#include "src/core/tally.h"
#include "src/data/loader.h"

/* On standard output: a line a counter that is not zero. */
void tallies_print(const struct tally *tally);
/* A line a source: its tokens, of all ranks, their share, and the share it was to
 * have. */
void tallies_print_sources(const struct manifest *manifest, const struct loader *loader,
                           const uint64_t *tokens);
/* Whether bytes add up, which they do where shards were read to their end. */
void tallies_print_balance(const struct tally *tally);

#endif
