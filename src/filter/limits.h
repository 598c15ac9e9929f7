/* SPDX-License-Identifier: Apache-2.0 */
/* What a source's rules drop at: the user's limits, else those of its preset. */
#ifndef MPIBERT_FILTER_LIMITS_H
#define MPIBERT_FILTER_LIMITS_H

#include <stdbool.h>

#include "src/base/err.h"
#include "src/base/str.h"
#include "src/core/config.h"
#include "src/core/rule.h"

struct limits {
    double at[RULE_COUNT]; /* RULE_OFF; RULE_ON for a switch or a list */
};

/* `preset` is none, wiki, web or books (else 78). */
int limits_init(struct limits *limits, const struct config *config, const char *preset,
                struct err *err);
static inline bool limits_has(const struct limits *limits, enum rule rule) {
    return limits->at[rule] < RULE_OFF;
}
/* Whether any rule from first to last is on. */
bool limits_any(const struct limits *limits, enum rule first, enum rule last);
/* The first rule from first to last whose value is beyond its limit, or RULE_NONE.
 * A switch drops at 1. */
enum rule limits_beyond(const struct limits *limits, const double values[RULE_COUNT],
                        enum rule first, enum rule last);
/* A line "name limit" for each rule that is on. */
void limits_describe(const struct limits *limits, struct str *out);

#endif
