/* SPDX-License-Identifier: Apache-2.0 */
/* Hides tokens of an example for masked language modelling. */
#ifndef MPIBERT_DATA_MASK_H
#define MPIBERT_DATA_MASK_H

#include <stdint.h>

#include "src/base/rng.h"
#include "src/core/example.h"
#include "src/core/vocab.h"
#include "src/data/mask_kind.h"

/* By a name that data.mask_kind takes. */
const struct mask_kind *mask_kind_find(const char *name);
/* BERT's own: 15 % of the tokens, one by one, 80-10-10.  Borrows the vocabulary. */
struct mask_rules mask_rules_default(const struct vocab *vocab);
/* How many of `length` tokens to predict, `candidates` of them not special: length ·
 * prob on average, 1 at least. */
int32_t mask_count(int32_t length, int32_t candidates, double prob, struct rng *rng);
/* Chooses, remembers and replaces tokens of an example that has none masked yet: one at
 * least where there is one that is not special; as many as mask_count says, or, where
 * words are hidden whole, so many that no other word fits. */
void mask_example(struct example *example, const struct mask_rules *rules,
                  struct rng *rng);

#endif
