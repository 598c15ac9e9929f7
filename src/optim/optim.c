/* SPDX-License-Identifier: Apache-2.0 */
/* The table of optimizers: a new one is a file and a row. */
#include "src/optim/optim.h"

#include <stddef.h>
#include <string.h>

#include "src/optim/adamw.h"

static const struct optimizer optimizers[] = {
    {"adamw", 1e-8, adamw_update},
    {"bert_adam", 1e-6, bert_adam_update},
};

const struct optimizer *optim_find(const char *name) {
    for (size_t i = 0; i < sizeof optimizers / sizeof *optimizers; i++)
        if (strcmp(optimizers[i].name, name) == 0)
            return &optimizers[i];
    return NULL;
}
