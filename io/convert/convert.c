/* SPDX-License-Identifier: Apache-2.0 */
/* Layouts, and the ends of what convert.h describes. */
#include "io/convert/convert.h"

#include <string.h>

#include "src/base/mem.h"

const char *const export_layout_names[EXPORT_LAYOUTS] = {
    [EXPORT_PRETRAINING] = "pretraining",
    [EXPORT_MLM] = "mlm",
    [EXPORT_ENCODER] = "encoder",
    [EXPORT_CLASSIFY] = "classify",
    [EXPORT_TAG] = "tag",
    [EXPORT_CHOOSE] = "choose",
    [EXPORT_ANSWER] = "answer",
};

int export_layout_parse(const char *name, enum export_layout *layout, struct err *err) {
    for (int i = 0; i <= EXPORT_ENCODER; i++)
        if (strcmp(name, export_layout_names[i]) == 0) {
            *layout = (enum export_layout)i;
            return 0;
        }
    return err_set(err, ERR_USAGE, "'%s' is not one of pretraining, mlm, encoder",
                   name);
}

void export_plan_fini(struct export_plan *plan) {
    str_fini(&plan->lost);
    *plan = (struct export_plan){0};
}

void import_header_fini(struct import_header *header) {
    str_fini(&header->vocab);
    for (int i = 0; i < header->label_count; i++)
        str_fini(&header->labels[i]);
    mem_free(header->labels);
    params_table_fini(&header->tensors);
    *header = (struct import_header){0};
}
