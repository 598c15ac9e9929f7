/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of the filters as a table: what rules.def says of each. */
#ifndef MPIBERT_CORE_RULE_H
#define MPIBERT_CORE_RULE_H

#include <math.h>

enum rule {
    RULE_NONE = -1,
#define RULE(name, unit, kind, wiki, web, books, help) RULE_##name,
#include "src/core/rules.def"
#undef RULE
    RULE_COUNT
};

enum rule_unit { RULE_PLACES, RULE_LINES, RULE_DOCUMENTS };
enum rule_kind { RULE_LEAST, RULE_MOST, RULE_SWITCH, RULE_LIST, RULE_FILE };

struct rule_row {
    const char *name; /* its option is "filter." and this */
    enum rule_unit unit;
    enum rule_kind kind;
    double wiki, web, books; /* a limit; RULE_ON, RULE_OFF */
};

#define RULE_ON 1.0
#define RULE_OFF ((double)INFINITY)

extern const struct rule_row rule_table[RULE_COUNT];

#endif
