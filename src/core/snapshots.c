/* SPDX-License-Identifier: Apache-2.0 */
/* Schedules of snapshots: see snapshots.h. */
#include "src/core/snapshots.h"

#include <string.h>

#include "src/base/str.h"

static const char multiberts[] = "0,1%..10%/1%,15%..100%/5%";

static int doubling(int64_t steps, struct series *series, struct err *err) {
    struct str text = {0};
    str_printf(&text, "0,%lld", (long long)steps);
    for (int64_t step = 1; step < steps; step *= 2)
        str_printf(&text, ",%lld", (long long)step);
    int rc = series_parse(text.data, steps, series, err);
    str_fini(&text);
    return rc;
}

int snapshots_steps(const struct config *config, struct series *steps,
                    struct err *err) {
    const char *text = config->checkpoint_snapshots;
    *steps = (struct series){0};
    if (text == NULL)
        return 0;
    if (strcmp(text, "log") == 0)
        return doubling(config->train_steps, steps, err);
    if (strcmp(text, "multiberts") == 0)
        text = multiberts;
    if (series_parse(text, config->train_steps, steps, err) == 0)
        return 0;
    return err_prefix(err,
                      "checkpoint.snapshots: is no list of steps, multiberts or log");
}

int snapshots_check(const struct config *config, struct err *err) {
    struct series steps;
    int rc = snapshots_steps(config, &steps, err);
    series_fini(&steps);
    return rc;
}
