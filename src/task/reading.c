/* SPDX-License-Identifier: Apache-2.0 */
/* What readers share: see reading.h. */
#include "src/task/reading.h"

enum records_format reading_format(const struct task *task) {
    static const enum records_format formats[] = {[TASK_TSV] = RECORDS_TSV,
                                                  [TASK_CSV] = RECORDS_CSV,
                                                  [TASK_JSONL] = RECORDS_JSONL};
    return formats[task->format];
}

int reading_label(const struct reading *r, struct slice text, int64_t line,
                  int32_t *label, struct err *err) {
    struct str all = {0};
    *label = r->learn ? labels_add(r->labels, text) : labels_find(r->labels, text);
    if (*label >= 0)
        return 0;
    labels_tell(r->labels, &all);
    err_set(err, ERR_DATA, "%s:%lld: label '%.*s' is not one of %s", r->path,
            (long long)line, (int)(text.size < 100 ? text.size : 100),
            text.data ? text.data : "", all.size ? all.data : "none");
    str_fini(&all);
    return -1;
}
