/* SPDX-License-Identifier: Apache-2.0 */
/* Which lines to drop. */
#ifndef MPIBERT_FILTER_LINES_H
#define MPIBERT_FILTER_LINES_H

#include "src/base/str.h"
#include "src/filter/limits.h"
#include "src/filter/measure.h"

/* The rule that drops a line that is not blank, or RULE_NONE. */
enum rule lines_judge(const struct limits *limits, struct slice line,
                      const struct line_facts *facts);

#endif
