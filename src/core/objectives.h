/* SPDX-License-Identifier: Apache-2.0 */
/* The objectives by number and by name, and what is known of each: over a chunk, sums
 * that add up; over the global batch or held-out text, means. */
#ifndef MPIBERT_CORE_OBJECTIVES_H
#define MPIBERT_CORE_OBJECTIVES_H

#include <stdint.h>

enum objective_id {
#define OBJECTIVE(ID, name, what, unit) OBJECTIVE_##ID,
#include "src/core/objectives.def"
#undef OBJECTIVE
    OBJECTIVES
};

struct sum {
    double loss;
    int64_t correct, count;
};

struct mean {
    double loss, accuracy; /* NaN without any */
    uint64_t count;
};

struct objective_words {
    const char *name;            /* "mlm" */
    const char *loss, *accuracy; /* keys: "mlm_loss" "mlm_accuracy" */
    const char *right;           /* a column's head: "mlm%" */
    const char *what, *unit;     /* "masked tokens" "masked" */
};

extern const struct objective_words objective_words[OBJECTIVES];

/* The mean of what was summed. */
struct mean objectives_mean(double loss, double correct, uint64_t count);
/* The loss of a step: the sum of the means that there are; NaN without any. */
double objectives_loss(const struct mean means[OBJECTIVES]);

#endif
