/* SPDX-License-Identifier: Apache-2.0 */
/* The rules for whole documents, on what was counted of one. */
#ifndef MPIBERT_FILTER_JUDGE_H
#define MPIBERT_FILTER_JUDGE_H

#include "src/base/str.h"
#include "src/filter/badwords.h"
#include "src/filter/limits.h"
#include "src/filter/measure.h"
#include "src/filter/repeats.h"

/* What a judgement needs beside the limits. */
struct judge {
    struct badwords badwords;
    struct repeats repeats;
};

/* Whether a rule needs the words one by one (measurer.wants_items). */
bool judge_wants_items(const struct limits *limits);
/* The first rule, in the order of rules.def, that drops the text that was measured; or
 * RULE_NONE. */
enum rule judge_run(struct judge *judge, const struct limits *limits,
                    const struct measurer *measurer, struct slice text);
void judge_fini(struct judge *judge);

#endif
