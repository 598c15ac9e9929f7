/* SPDX-License-Identifier: Apache-2.0 */
/* Patience: see patience.h. */
#include "src/core/patience.h"

#include <string.h>

#include "src/base/parse.h"

static const double PATIENCE = 600, LEAST = 1; /* seconds */

int patience_parse(const char *text, double *seconds, struct err *err) {
    double given;
    *seconds = text ? 0 : PATIENCE;
    if (text == NULL || strcmp(text, "off") == 0)
        return 0;
    if (parse_duration(text, &given) < 0 || given < LEAST)
        return err_set(
            err, ERR_CONFIG,
            "train.watchdog: '%s' is no time of a second or more (30s, 10m), "
            "nor off",
            text);
    *seconds = given;
    return 0;
}
