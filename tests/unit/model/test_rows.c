/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a row's size is a shape letter, a number, or so many of a letter, and a tensor
 * without columns is a vector; what rows add they find again, where it lies; a letter
 * that there is not, and a tensor of another size, are bugs. */
#include "src/model/rows.h"

#include "tests/dies.h"
#include "tests/tap.h"
#include "tests/toy.h"

struct part {
    size_t first, second;
};

static void test_sizes(void) {
    static const struct {
        const char *rows, *columns;
        int64_t shape[2];
        int rank;
    } sizes[] = {
        {"H", "H", {16, 16}, 2}, {"H", "3H", {16, 48}, 2}, {"20", "H", {20, 16}, 2},
        {"V", NULL, {37, 0}, 1}, {"2", NULL, {2, 0}, 1},   {"12F", "1", {288, 1}, 2},
    };
    struct shape shape = toy_shape();
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct params_table table = {0};
        const struct row rows[] = {
            {"x", sizes[i].rows, sizes[i].columns, ROW_BIAS, ROW_FOLLOWS}, {0}};
        rows_add(rows, "", &shape, &table);
        const struct tensor *t = &table.tensors[0];
        ok(t->rank == sizes[i].rank && t->shape[0] == sizes[i].shape[0] &&
               (t->rank == 1 || t->shape[1] == sizes[i].shape[1]),
           "%s by %s is %d by %d", sizes[i].rows,
           sizes[i].columns ? sizes[i].columns : "none", (int)t->shape[0],
           (int)t->shape[1]);
        params_table_fini(&table);
    }
}

static const struct row two[] = {
    {"first", "H", "H", ROW_MATRIX, offsetof(struct part, first)},
    {"second", "V", NULL, ROW_BIAS, offsetof(struct part, second)},
    {0},
};

static void test_places(void) {
    struct params_table table = {0};
    struct part part = {1, 1};
    struct shape shape = toy_shape();
    rows_add(two, "part.", &shape, &table);
    size_t end = rows_find(two, "part.", &shape, &table, 0, &part);
    ok(part.first == 0 && part.second == 16 * 16 && end == 16 * 16 + 37,
       "places are found");
    ok(rows_any(two, "part.", &table) && !rows_any(two, "", &table) &&
           !rows_any(NULL, "part.", &table),
       "under their prefix alone");
    params_table_fini(&table);
}

/* ---- bugs ---- */

static void add_unknown(void *context) {
    struct params_table table = {0};
    struct shape shape = toy_shape();
    const struct row rows[] = {{"x", context, NULL, ROW_BIAS, ROW_FOLLOWS}, {0}};
    rows_add(rows, "", &shape, &table);
}

/* In a table of a model twice as wide. */
static void find_wider(void *context) {
    struct params_table table = {0};
    struct part part;
    struct shape shape = toy_shape(), wider = shape;
    wider.H = *(int *)context;
    rows_add(two, "", &wider, &table);
    rows_find(two, "", &shape, &table, 0, &part);
}

int main(void) {
    int same = 16, wide = 32;
    test_sizes();
    test_places();
    ok(dies(add_unknown, "X") && dies(add_unknown, "3X"), "a letter there is not");
    ok(dies(find_wider, &wide) && !dies(find_wider, &same), "another size");
    return tap_done();
}
