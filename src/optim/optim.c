/* SPDX-License-Identifier: Apache-2.0 */
/* The table of optimizers: a new one is a file and a row. */
#include "src/optim/optim.h"

#include <stddef.h>
#include <string.h>

#include "src/base/mem.h"
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

const struct optimizer *optim_find(const char *name) {
    for (size_t i = 0; i < sizeof optimizers / sizeof *optimizers; i++)
        if (strcmp(optimizers[i].name, name) == 0)
            return &optimizers[i];
    return NULL;
}

bool optim_is_matrix(const struct tensor *tensor) {
    return tensor->rank == 2 && strstr(tensor->name, ".layer.") != NULL;
}

struct span_list optim_whole(const struct optimizer *optimizer,
                             const struct params_table *table) {
    struct span_list whole = {0};
    if (optimizer->unit != OPTIM_MATRIX)
        return whole;
    whole.items = mem_alloc((size_t)table->count, sizeof *whole.items);
    for (int i = 0; i < table->count; i++) {
        const struct tensor *t = &table->tensors[i];
        if (optim_is_matrix(t))
            whole.items[whole.count++] = (struct span){t->offset, t->count};
    }
    return whole;
}

int optim_moments(const struct optimizer *optimizer) {
    int count = 0;
    while (optimizer->moments[count].name)
        count++;
    return count;
}

bool optim_has(const struct optim_moment *moment, const struct tensor *tensor) {
    return moment->of == OPTIM_ALL ||
           optim_is_matrix(tensor) == (moment->of == OPTIM_MATRICES);
}
