/* SPDX-License-Identifier: Apache-2.0 */
/* Statistics of a corpus for a human (corpus_text.c) and for programs (corpus_json.c),
 * on standard output.  Neither says anything that depends on ranks or time. */
#ifndef MPIBERT_CLI_CORPUS_PRINT_H
#define MPIBERT_CLI_CORPUS_PRINT_H

#include "src/corpus/stats.h"

void corpus_print_text(const struct manifest *manifest, const struct stats *stats);
void corpus_print_json(const struct manifest *manifest, const struct stats *stats);

/* The file's name without its folder. */
const char *corpus_shard_name(const struct manifest *manifest, int row);

#endif
