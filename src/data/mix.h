/* SPDX-License-Identifier: Apache-2.0 */
/* How sources share the tokens of a lane. */
#ifndef MPIBERT_DATA_MIX_H
#define MPIBERT_DATA_MIX_H

#include <stdint.h>

#include "io/manifest.h"
#include "src/core/config.h"
#include "src/data/source.h"

/* The sources' weights as integers, none 0, that add up to 2^32 or, by rounding, about
 * that: data.sources[i].weight, or with data.temperature T (weight × estimated bytes of
 * text)^(1/T).  Returns owned weights (manifest->spec_count). */
uint64_t *mix_weights(const struct config *config, const struct manifest *manifest);
/* The share of source s that they ask for. */
double mix_share(const uint64_t *weights, int count, int s);
/* The source to take the next document from: furthest below its weight's share of the
 * tokens in examples so far, the first among equals.  What documents of this block will
 * have in examples is reckoned from what those before had. */
int mix_turn(const uint64_t *weights, const struct source *sources, int count);

#endif
