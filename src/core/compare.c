/* SPDX-License-Identifier: Apache-2.0 */
/* What a resumed run may not change: config_compare of config.h. */
#include <string.h>

#include "src/core/config.h"
#include "src/core/phases.h"

/* A file is compared by what it holds, in the data hash. */
static bool is_compared(const struct option *o) {
    return o->resume == OPTION_FIXED && o->type != OPTION_FILE;
}

/* What a value comes to: objectives are a set, given or not. */
static void print(const struct config *config, const struct option *o,
                  struct str *out) {
    if (strcmp(o->key, "train.objectives") == 0)
        objectives_print(config_objectives(config), out);
    else
        config_print(config, o, out);
}

static int compare_option(const struct config *now, const struct config *then,
                          const struct option *o, struct err *err) {
    struct str a = {0}, b = {0};
    int rc = 0;
    print(now, o, &a);
    print(then, o, &b);
    if (strcmp(a.data, b.data) != 0)
        rc = err_set(err, ERR_CONFIG,
                     "%s: is %s now (%s) but %s in the checkpoint, and may not change "
                     "when a run resumes; set it back, or start another run in another "
                     "checkpoint.dir",
                     o->key, a.data, options_origin(now, o), b.data);
    str_fini(&a);
    str_fini(&b);
    return rc;
}

int config_compare(const struct config *now, const struct config *then,
                   struct err *err) {
    for (int i = 0; i < options_count; i++)
        if (is_compared(&options_table[i]) &&
            compare_option(now, then, &options_table[i], err) < 0)
            return -1;
    return phases_compare(now, then, err);
}
