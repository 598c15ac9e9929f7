/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a folder is a run's by the name of what it holds, and so is all that lies in
 * it, by whatever path; names that only look alike make none. */
#include "io/ckpt/rundir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/file.h"
#include "tests/tap.h"

static void test_names(void) {
    static const struct {
        const char *name;
        bool is;
    } rows[] = {
        {"checkpoint-000000500.h5", true},
        {"checkpoint-000000000.h5", true},
        {"checkpoint-1234567890.h5", true},
        {"checkpoint-5.h5", false}, /* no run writes it, and none reads it */
        {"checkpoint-0000000005.h5", false},
        {"checkpoint-000000500.h5.bad", true},
        {".tmp-checkpoint-000000500.h5", true},
        {"checkpoint-500", false},
        {"checkpoint-.h5", false},
        {"my-checkpoint-000000001.h5", false},
        {"checkpoint-000000001.hdf", false},
        {"metrics.jsonl", false},
        {"config.json", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char dir[300], path[400];
        snprintf(dir, sizeof dir, "%s/names-%zu", tap_folder(), i);
        snprintf(path, sizeof path, "%s/%s", dir, rows[i].name);
        ok(!rundir_is(dir), "no folder");
        file_make_folder(dir, NULL);
        ok(!rundir_is(dir), "an empty one");
        file_write_atomic(path, "", 0, NULL);
        ok(rundir_is(dir) == rows[i].is, "%s", rows[i].name);
        ok(!rundir_is(path), "a file is none");
    }
}

static void test_holds(void) {
    static const struct {
        const char *path;
        bool in;
    } rows[] = {
        {"run", true},        {"run/", true},          {"run/new", true},
        {"run/new/er", true}, {"./run/../run", true},  {"link/new", true},
        {"run/old", true},    {"run/old/new", true},   {"other", false},
        {"runner", false},    {"run/../other", false}, {".", false},
    };
    if (chdir(tap_folder()) < 0 || symlink("run", "link") < 0)
        ok(false, "cannot begin");
    file_make_folder("run/old", NULL);
    file_write_atomic("run/checkpoint-000000001.h5", "", 0, NULL);
    char *real = realpath("run", NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str run = {0};
        ok(rundir_holds(rows[i].path, &run) == rows[i].in, "%s", rows[i].path);
        if (rows[i].in)
            is_str(run.data, real, "  of which run");
        str_fini(&run);
    }
    free(real);
}

int main(void) {
    test_names();
    test_holds();
    return tap_done();
}
