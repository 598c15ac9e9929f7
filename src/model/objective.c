/* SPDX-License-Identifier: Apache-2.0 */
/* The table of objectives: see objective.h.  Losses are sums; their scales make the
 * gradient that of the means over the global batch. */
#include "src/model/objective.h"

const struct objective *const objectives[OBJECTIVES] = {
#define OBJECTIVE(ID, name, what, unit) &name##_objective,
#include "src/core/objectives.def"
#undef OBJECTIVE
};
