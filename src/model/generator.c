/* SPDX-License-Identifier: Apache-2.0 */
/* The generator's place beside the model that it serves: see generator.h. */
#include "src/model/generator.h"

#include <stdio.h>
#include <string.h>

#include "src/base/die.h"
#include "src/model/bert.h"
#include "src/model/objective.h"

uint32_t generator_objectives(uint32_t set) {
    uint32_t own = 0;
    for (int i = 0; i < OBJECTIVES; i++)
        if (objectives_has(set, i) && objectives[i]->decodes)
            own |= (uint32_t)1 << i;
    return own;
}

void generator_layout(struct params_table *table, const struct config *config,
                      const struct shape *shape, uint32_t set) {
    const struct shape generator = config_generator(config, shape);
    uint32_t own = generator_objectives(set);
    model_layout(table, shape, set & ~own);
    model_layout_beside(table, GENERATOR_PREFIX, config->generator_tied == 0,
                        &generator, own);
}

size_t generator_begin(const struct params_table *table) {
    for (int i = 0; i < table->count; i++)
        if (strncmp(table->tensors[i].name, GENERATOR_PREFIX,
                    strlen(GENERATOR_PREFIX)) == 0)
            return table->tensors[i].offset;
    return table->total;
}

const struct tensor *generator_find(const struct params_table *table,
                                    const char *name) {
    char whole[TENSOR_NAME_SIZE];
    int size = snprintf(whole, sizeof whole, GENERATOR_PREFIX "%s", name);
    CHECK(size > 0 && (size_t)size < sizeof whole);
    const struct tensor *own = params_find(table, whole);
    return own ? own : params_find(table, name);
}
