/* SPDX-License-Identifier: Apache-2.0 */
/* The table of kinds: see kind.h. */
#include "src/task/kind.h"

const struct kind kinds[TASK_KINDS] = {
    [TASK_CLASSIFY] = {"classify", OBJECTIVE_CLASSIFY, EXPORT_CLASSIFY,
                       PREDICTIONS_LABELS, 0, "accuracy"},
    [TASK_REGRESS] = {"regress", OBJECTIVE_REGRESS, EXPORT_CLASSIFY,
                      PREDICTIONS_NUMBERS, 1, "pearson spearman"},
    [TASK_TAG] = {"tag", OBJECTIVE_TAG, EXPORT_TAG, PREDICTIONS_TAGS, 0, "accuracy"},
    [TASK_MULTILABEL] = {"multilabel", OBJECTIVE_MULTILABEL, EXPORT_CLASSIFY,
                         PREDICTIONS_SETS, 0, "f1_micro f1_macro exact"},
    [TASK_CHOOSE] = {"choose", OBJECTIVE_CHOOSE, EXPORT_CHOOSE, PREDICTIONS_LABELS, 1,
                     "accuracy"},
    [TASK_ANSWER] = {"answer", OBJECTIVE_ANSWER, EXPORT_ANSWER, PREDICTIONS_WORTH, 2,
                     "exact f1"},
    [TASK_MARKED] = {"marked", OBJECTIVE_MARKED, EXPORT_LAYOUTS, PREDICTIONS_LABELS, 0,
                     "accuracy"},
};

int kind_of_objectives(uint32_t set) {
    for (int i = 0; i < TASK_KINDS; i++)
        if (objectives_has(set, kinds[i].objective))
            return i;
    return -1;
}
