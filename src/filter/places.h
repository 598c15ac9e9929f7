/* SPDX-License-Identifier: Apache-2.0 */
/* Boilerplate within a line: marks of citation, placeholders, empty brackets,
 * illustrations. */
#ifndef MPIBERT_FILTER_PLACES_H
#define MPIBERT_FILTER_PLACES_H

#include "src/base/str.h"
#include "src/filter/limits.h"

/* Finds the first place of *rest to drop: *before is what stands before it, *place the
 * place, *rest what follows, and the rule is returned.  RULE_NONE: there is none,
 * *before is all and *rest is empty. */
enum rule places_next(const struct limits *limits, struct slice *rest,
                      struct slice *before, struct slice *place);

#endif
