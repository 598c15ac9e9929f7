/* SPDX-License-Identifier: Apache-2.0 */
/* A fine-tuned model for transformers: see keep.h. */
#include "src/tune/keep.h"

#include <string.h>

#include "io/convert/destination.h"
#include "io/convert/huggingface.h"

static struct export_source source_of(const struct keep *keep) {
    const struct labels *labels = &keep->taskset->labels;
    return (struct export_source){.config = keep->config,
                                  .shape = keep->shape,
                                  .vocab = &keep->bundle->vocab,
                                  .weights = keep->weights,
                                  .step = keep->bundle->step,
                                  .tokens = keep->bundle->tokens,
                                  .state_hash = keep->bundle->state_hash,
                                  .task = keep->taskset->task.name,
                                  .several =
                                      keep->taskset->task.kind == TASK_MULTILABEL,
                                  .labels = labels->count > 0 ? labels->words : NULL,
                                  .label_count = labels->count};
}

/* Into the stage, and then to where it belongs. */
static int write_export(const struct export_source *source,
                        const struct export_plan *plan, const char *folder,
                        struct err *err) {
    struct destination to;
    if (destination_begin(&to, &huggingface_format, folder, false, err) < 0)
        return -1;
    int rc = huggingface_format.write(source, plan, to.stage.data, err);
    if (rc == 0)
        rc = destination_commit(&to, err);
    destination_abandon(&to);
    return rc;
}

static int make_plan(const struct keep *keep, const struct export_source *source,
                     struct export_plan *plan, struct err *err) {
    const struct kind *kind = &kinds[keep->taskset->task.kind];
    enum export_layout layout = kind->layout;
    if (layout == EXPORT_LAYOUTS)
        return err_set(err, ERR_CONFIG,
                       "transformers has no class for a head of task.kind %s",
                       kind->name);
    return huggingface_format.plan(source, layout, plan, err);
}

int keep_check(const struct keep *keep, struct err *err) {
    const struct export_source source = source_of(keep);
    struct export_plan plan;
    struct err why;
    if (make_plan(keep, &source, &plan, &why) < 0)
        return err_set(err, ERR_CONFIG,
                       "finetune.models: %.*s; set it to false, then results and "
                       "predictions are written, and no models",
                       (int)strcspn(why.text, ";"), why.text);
    export_plan_fini(&plan);
    return 0;
}

int keep_model(const struct keep *keep, const char *folder, struct err *err) {
    const struct export_source source = source_of(keep);
    struct export_plan plan;
    if (make_plan(keep, &source, &plan, err) < 0)
        return -1;
    int rc = write_export(&source, &plan, folder, err);
    export_plan_fini(&plan);
    return rc;
}
