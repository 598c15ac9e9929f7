/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: tensors of a table follow each other without gaps in the order they were
 * added, are found by their names and by nothing else, and a block has room for all. */
#include "src/core/params.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/err.h"
#include "tests/tap.h"

static const struct {
    const char *name;
    int64_t rows, columns;
    bool decay;
    int rank;
    int64_t second;
    size_t offset, count;
} rows[] = {
    {"embeddings.weight", 30, 4, true, 2, 4, 0, 120},
    {"norm.weight", 4, 0, false, 1, 1, 120, 4},
    {"norm.bias", 4, 0, false, 1, 1, 124, 4},
    {"dense.weight", 2, 1, true, 2, 1, 128, 2},
    {"one", 1, 0, false, 1, 1, 130, 1},
    {"wide.weight", 3, 5000000000, true, 2, 5000000000, 131,
     15000000000}, /* over 2^32 */
};
enum { ROWS = sizeof rows / sizeof *rows };

static void test_table(void) {
    struct params_table table = {0};
    ok(params_find(&table, "one") == NULL, "an empty table has nothing");
    for (int i = 0; i < ROWS; i++)
        params_table_add(&table, rows[i].name, rows[i].rows, rows[i].columns, FIRST_ONE,
                         rows[i].decay);
    is_int(table.count, ROWS, "count");
    for (int i = 0; i < ROWS; i++) {
        const struct tensor *t = params_find(&table, rows[i].name);
        ok(t == &table.tensors[i], "%s is found in its place", rows[i].name);
        ok(t->rank == rows[i].rank && t->shape[0] == rows[i].rows &&
               t->shape[1] == rows[i].second,
           "its shape");
        ok(t->offset == rows[i].offset && t->count == rows[i].count, "its span");
        ok(t->first == FIRST_ONE && t->decay == rows[i].decay, "first value and decay");
    }
    ok(table.total == 131 + (size_t)15000000000, "total");
    static const char *const absent[] = {"", "norm", "norm.weight ", "NORM.BIAS", "x"};
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++)
        ok(params_find(&table, absent[i]) == NULL, "no tensor '%s'", absent[i]);
    params_table_fini(&table);
    ok(table.tensors == NULL && table.count == 0 && table.total == 0,
       "fini empties it");
}

static void test_block(void) {
    struct params_table table = {0};
    params_table_add(&table, "a", 1000, 7, FIRST_ZERO, true);
    params_table_add(&table, "b", 13, 0, FIRST_ZERO, false);
    struct params params;
    params_init(&params, &table);
    ok((uintptr_t)params.data % 64 == 0, "a block is aligned");
    float sum = 0;
    for (size_t i = 0; i < table.total; i++)
        sum += params.data[i];
    ok(sum == 0, "and zero");
    params.data[table.total - 1] = 1;
    params_fini(&params);
    ok(params.data == NULL && params.table == NULL, "fini leaves nothing");
    params_table_fini(&table);
}

/* The exit code of a child that adds a tensor whose name has n letters. */
static int name_in_child(size_t n) {
    char name[TENSOR_NAME_SIZE + 8] = {0};
    memset(name, 'n', n);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        struct params_table table = {0};
        fclose(stderr);
        params_table_add(&table, name, 1, 0, FIRST_ZERO, false);
        _exit(0);
    }
    int status = -1;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_names(void) {
    is_int(name_in_child(TENSOR_NAME_SIZE - 1), 0, "the longest name");
    is_int(name_in_child(TENSOR_NAME_SIZE), ERR_INTERNAL, "a longer one is a bug");
    is_int(name_in_child(0), ERR_INTERNAL, "and so is none");
}

int main(void) {
    test_table();
    test_block();
    test_names();
    return tap_done();
}
