/* SPDX-License-Identifier: Apache-2.0 */
/* Grids: see grid.h.  A cell's number counts through the axes, the first one slowest.
 */
#include "src/tune/grid.h"

#include <string.h>

enum { MOST_CELLS = 10000 };

/* The next axis: its key, and its values. */
static bool next_axis(struct slice *rest, struct slice *key, struct slice *values) {
    while (slice_field(rest, ' ', values))
        if (values->size > 0)
            return slice_field(values, '=', key);
    return false;
}

static int64_t count_values(struct slice values) {
    int64_t n = 0;
    struct slice value;
    while (slice_field(&values, ',', &value))
        n++;
    return n;
}

int64_t grid_cells(const char *grid, struct err *err) {
    struct slice rest = slice_of(grid ? grid : ""), key, values;
    int64_t cells = 1;
    while (next_axis(&rest, &key, &values)) {
        int64_t n = count_values(values);
        if (n == 0 || key.size == 0)
            return err_set(err, ERR_CONFIG,
                           "finetune.grid: '%.*s' is not KEY=VALUE,VALUE,…",
                           (int)key.size, key.data);
        cells *= n;
        if (cells > MOST_CELLS)
            return err_set(err, ERR_CONFIG, "finetune.grid: has over %d cells",
                           MOST_CELLS);
    }
    return cells;
}

static struct slice value_at(struct slice values, int64_t i) {
    struct slice value = {"", 0};
    while (i-- >= 0)
        slice_field(&values, ',', &value);
    return value;
}

/* "learning_rate" of "train.learning_rate". */
static void tell(struct slice key, struct slice value, struct str *name) {
    const char *dot = memchr(key.data, '.', key.size);
    if (dot)
        key = (struct slice){dot + 1, key.size - (size_t)(dot + 1 - key.data)};
    str_printf(name, "%s%.*s %.*s", name->size ? ", " : "", (int)key.size, key.data,
               (int)value.size, value.data);
}

static int set(struct config *config, struct slice key, struct slice value,
               struct err *err) {
    struct str k = {0}, v = {0};
    str_append(&k, key.data, key.size);
    str_append(&v, value.data, value.size);
    int rc = config_set(config, k.data, v.data, "finetune.grid", err);
    str_fini(&k);
    str_fini(&v);
    return rc;
}

int grid_apply(const char *grid, int64_t i, struct config *config, struct str *name,
               struct err *err) {
    struct slice rest = slice_of(grid ? grid : ""), key, values;
    int64_t below = grid_cells(grid, NULL);
    while (next_axis(&rest, &key, &values)) {
        below /= count_values(values);
        struct slice value = value_at(values, i / below);
        i %= below;
        tell(key, value, name);
        if (set(config, key, value, err) < 0)
            return -1;
    }
    return 0;
}
