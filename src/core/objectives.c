/* SPDX-License-Identifier: Apache-2.0 */
/* The words of the objectives, and their means: see objectives.h. */
#include "src/core/objectives.h"

#include <math.h>

const struct objective_words objective_words[OBJECTIVES] = {
#define OBJECTIVE(ID, name, what, unit)                                                \
    {#name, #name "_loss", #name "_accuracy", #name "%", what, unit},
#include "src/core/objectives.def"
#undef OBJECTIVE
};

struct mean objectives_mean(double loss, double correct, uint64_t count) {
    double n = (double)count; /* 0 / 0 is NaN */
    return (struct mean){.loss = count ? loss / n : NAN,
                         .accuracy = count ? correct / n : NAN,
                         .count = count};
}

double objectives_loss(const struct mean means[OBJECTIVES]) {
    double loss = 0;
    uint64_t count = 0;
    for (int i = 0; i < OBJECTIVES; i++) {
        loss += means[i].count > 0 ? means[i].loss : 0;
        count += means[i].count;
    }
    return count > 0 ? loss : NAN;
}
