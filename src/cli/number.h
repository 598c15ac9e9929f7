/* SPDX-License-Identifier: Apache-2.0 */
/* A measured number in JSON: null when there is none. */
#ifndef MPIBERT_CLI_NUMBER_H
#define MPIBERT_CLI_NUMBER_H

#include <math.h>

#include "io/syntax/json.h"

static inline void number_put(struct json_writer *writer, const char *key,
                              double value) {
    if (isfinite(value))
        json_put_real(writer, key, value);
    else
        json_put_null(writer, key);
}

#endif
