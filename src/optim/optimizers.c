/* SPDX-License-Identifier: Apache-2.0 */
/* The table of optimizers: a new one is a file and a row. */
#include "src/optim/optimizers.h"

#include <stddef.h>
#include <string.h>

#include "src/optim/adamw.h"
#include "src/optim/lamb.h"
#include "src/optim/muon.h"

#define ADAM                                                                           \
    {                                                                                  \
        {"adam/m", OPTIM_ALL}, { "adam/v", OPTIM_ALL }                                 \
    }
#define MUON                                                                           \
    {                                                                                  \
        {"muon/momentum", OPTIM_MATRICES}, {"adam/m", OPTIM_OTHERS}, {                 \
            "adam/v", OPTIM_OTHERS                                                     \
        }                                                                              \
    }

static const struct optimizer optimizers[] = {
    {"adamw", 1e-8, OPTIM_ELEMENT, ADAM, NULL, adamw_update, NULL},
    {"bert_adam", 1e-6, OPTIM_ELEMENT, ADAM, NULL, bert_adam_update, NULL},
    {"lamb_albert", 1e-6, OPTIM_TENSOR, ADAM, lamb_albert_measure, lamb_update, NULL},
    {"lamb_ltg", 1e-6, OPTIM_TENSOR, ADAM, lamb_ltg_measure, lamb_update, NULL},
    {"lamb_nvidia", 1e-6, OPTIM_TENSOR, ADAM, lamb_nvidia_measure, lamb_update, NULL},
    {"muon", 1e-8, OPTIM_MATRIX, MUON, NULL, muon_update, muon_scratch},
};

const struct optimizer *optimizers_find(const char *name) {
    for (size_t i = 0; i < sizeof optimizers / sizeof *optimizers; i++)
        if (strcmp(optimizers[i].name, name) == 0)
            return &optimizers[i];
    return NULL;
}
