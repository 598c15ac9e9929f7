/* SPDX-License-Identifier: Apache-2.0 */
/* Filters by source: see filters.h.  The lanes of a loader share them, since a verdict
 * depends on nothing but the document. */
#include "src/filter/filters.h"

#include "src/base/mem.h"

struct filter **filters_create(const struct config *config,
                               const struct source_spec *sources, int count,
                               struct err *err) {
    struct filter **filters = mem_alloc((size_t)count, sizeof(struct filter *));
    for (int s = 0; s < count; s++) {
        filters[s] = filter_create(config, sources[s].filter, err);
        if (filters[s] == NULL) {
            filters_destroy(filters, s);
            return NULL;
        }
    }
    return filters;
}

int filters_describe(const struct config *config, const struct source_spec *sources,
                     int count, struct str *out, struct err *err) {
    struct filter **filters = filters_create(config, sources, count, err);
    if (filters == NULL)
        return -1;
    for (int s = 0; s < count; s++) {
        if (!filter_is_inert(filters[s]))
            str_printf(out, "filter of source %d:\n", s);
        filter_describe(filters[s], out);
    }
    filters_destroy(filters, count);
    return 0;
}

void filters_destroy(struct filter **filters, int count) {
    for (int s = 0; filters != NULL && s < count; s++)
        filter_destroy(filters[s]);
    mem_free(filters);
}
