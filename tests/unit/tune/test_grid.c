/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: the cells of a grid are all combinations of its values, each once, in the
 * order of the axes; what is no grid, or no option, is refused. */
#include "src/tune/grid.h"

#include "tests/tap.h"

static const struct row {
    const char *grid;
    int64_t cells; /* -1: 78 */
    const char *want;
} rows[] = {
    {NULL, 1, ";"},
    {"", 1, ";"},
    {"train.learning_rate=1e-4", 1, "learning_rate 1e-4;"},
    {"train.learning_rate=1e-4,5e-5  finetune.batch=8,16,32", 6,
     "learning_rate 1e-4, batch 8;learning_rate 1e-4, batch 16;"
     "learning_rate 1e-4, batch 32;learning_rate 5e-5, batch 8;"
     "learning_rate 5e-5, batch 16;learning_rate 5e-5, batch 32;"},
    {"train.learning_rate", -1, ""},
    {"train.learning_rate=", -1, ""},
    {"=1", -1, ""},
    {"train.no_such=1,2", 2, "78;78;"},
    {"finetune.batch=0", 1, "78;"},
};

int main(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str got = {0};
        struct err err = {0};
        int64_t cells = grid_cells(rows[i].grid, &err);
        is_int(cells, rows[i].cells, "cells of '%s'", rows[i].grid ? rows[i].grid : "");
        is_int(err.code, cells < 0 ? ERR_CONFIG : 0, "and its code");
        str_append(&got, "", 0);
        for (int64_t c = 0; c < cells; c++) {
            struct config config;
            struct str name = {0};
            config_init(&config);
            int rc = grid_apply(rows[i].grid, c, &config, &name, &err);
            if (rc < 0)
                str_printf(&got, "%d;", err.code);
            else
                str_printf(&got, "%s;", name.data ? name.data : "");
            str_fini(&name);
            config_fini(&config);
        }
        is_str(got.data, rows[i].want, "each of them");
        str_fini(&got);
    }
    struct config config;
    struct str name = {0};
    config_init(&config);
    grid_apply(rows[3].grid, 4, &config, &name, NULL);
    ok(config.train_learning_rate == 5e-5 && config.finetune_batch == 16,
       "a cell is set");
    str_fini(&name);
    config_fini(&config);
    return tap_done();
}
