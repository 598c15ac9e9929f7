/* SPDX-License-Identifier: Apache-2.0 */
/* A filter for each source: its own preset or data.filter, and the section `filter`. */
#ifndef MPIBERT_FILTER_FILTERS_H
#define MPIBERT_FILTER_FILTERS_H

#include "src/base/err.h"
#include "src/core/config.h"
#include "src/filter/filter.h"

/* Returns owned (count) filters of these sources, or NULL as filter_create. */
struct filter **filters_create(const struct config *config,
                               const struct source_spec *sources, int count,
                               struct err *err);
/* Writes what each filter's verdicts depend on, for the data hash; -1 as filter_create.
 */
int filters_describe(const struct config *config, const struct source_spec *sources,
                     int count, struct str *out, struct err *err);
/* Accepts NULL. */
void filters_destroy(struct filter **filters, int count);

#endif
