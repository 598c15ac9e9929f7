/* SPDX-License-Identifier: Apache-2.0 */
/* Hides tokens of an example for masked language modelling. */
#ifndef MPIBERT_DATA_MASK_H
#define MPIBERT_DATA_MASK_H

#include <stdint.h>

#include "src/base/rng.h"
#include "src/core/example.h"
#include "src/core/vocab.h"

struct mask_rules {
    double prob;     /* share of all tokens, special ones counted, to predict */
    int32_t mask_id; /* of [MASK] */
    int32_t V;
};

struct mask_rules mask_rules_of(double prob, const struct vocab *vocab);
/* How many of `length` tokens to predict, `candidates` of them not special. */
int32_t mask_count(int32_t length, int32_t candidates, double prob);
/* Chooses, remembers and replaces tokens of an example that has none masked yet. */
void mask_example(struct example *example, const struct mask_rules *rules,
                  struct rng *rng);

#endif
