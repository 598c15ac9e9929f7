/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of rules.def: see rule.h. */
#include "src/core/rule.h"

const struct rule_row rule_table[RULE_COUNT] = {
#define ON RULE_ON
#define OFF RULE_OFF
#define RULE(name, unit, kind, wiki, web, books, help)                                 \
    {#name, RULE_##unit, RULE_##kind, wiki, web, books},
#include "src/core/rules.def"
#undef RULE
#undef OFF
#undef ON
};
