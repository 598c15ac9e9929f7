/* SPDX-License-Identifier: Apache-2.0 */
/* The table of optimizers: a new one is a file and a row. */
#include "src/optim/optim.h"

#include <stddef.h>
#include <string.h>

#include "src/optim/adamw.h"
#include "src/optim/lamb.h"

#define ADAM                                                                           \
    { "adam/m", "adam/v" }

static const struct optimizer optimizers[] = {
    {"adamw", 1e-8, OPTIM_ELEMENT, ADAM, NULL, adamw_update},
    {"bert_adam", 1e-6, OPTIM_ELEMENT, ADAM, NULL, bert_adam_update},
    {"lamb_albert", 1e-6, OPTIM_TENSOR, ADAM, lamb_albert_measure, lamb_update},
    {"lamb_ltg", 1e-6, OPTIM_TENSOR, ADAM, lamb_ltg_measure, lamb_update},
    {"lamb_nvidia", 1e-6, OPTIM_TENSOR, ADAM, lamb_nvidia_measure, lamb_update},
};

const struct optimizer *optim_find(const char *name) {
    for (size_t i = 0; i < sizeof optimizers / sizeof *optimizers; i++)
        if (strcmp(optimizers[i].name, name) == 0)
            return &optimizers[i];
    return NULL;
}

int optim_moments(const struct optimizer *optimizer) {
    int count = 0;
    while (optimizer->moments[count])
        count++;
    return count;
}
