/* SPDX-License-Identifier: Apache-2.0 */
/* The names of costs and their sum: see cost.h. */
#include "src/core/cost.h"

const char *const cost_names[COST_COUNT] = {
#define COST_NAME(name, what) #name,
    COST(COST_NAME)
#undef COST_NAME
};

const char *const cost_sentences[COST_COUNT] = {
#define COST_SENTENCE(name, what) what,
    COST(COST_SENTENCE)
#undef COST_SENTENCE
};

void cost_add(struct cost *to, const struct cost *more) {
#define COST_ADD(name, what) to->name += more->name;
    COST(COST_ADD)
#undef COST_ADD
}
