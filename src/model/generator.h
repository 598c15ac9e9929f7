/* SPDX-License-Identifier: Apache-2.0 */
/* The small model that makes up tokens for another to tell from the text's own
 * (ELECTRA), beside that one in a table: which objectives are whose, and the names.  It
 * says which tokens were masked; the other has all else that is trained, and the names
 * of a model by itself. */
#ifndef MPIBERT_MODEL_GENERATOR_H
#define MPIBERT_MODEL_GENERATOR_H

#include <stddef.h>
#include <stdint.h>

#include "src/core/config.h"
#include "src/core/params.h"

/* Before the names of its tensors. */
#define GENERATOR_PREFIX "generator."

/* What of a set of objectives the generator is trained on. */
uint32_t generator_objectives(uint32_t set);
/* Appends the tensors of both: first of the other, of this shape, then of the
 * generator, which reads its embeddings unless generator.tied is false. */
void generator_layout(struct params_table *table, const struct config *config,
                      const struct shape *shape, uint32_t set);
/* The first element of the generator in a table; the table's end: it has none. */
size_t generator_begin(const struct params_table *table);
/* The tensor that a generator in a table has for the one of this name in a model by
 * itself: its own, or the other's that it shares; NULL: neither is there. */
const struct tensor *generator_find(const struct params_table *table, const char *name);

#endif
