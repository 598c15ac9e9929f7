/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: what is appended can be read back; opening at a step leaves the lines up to it
 * and drops later and torn ones; foreign ones stay. */
#include "io/metrics.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/base/file.h"
#include "tests/tap.h"

static const char three[] = "{\"step\": 1, \"loss\": 2}\n{\"step\": 2, \"loss\": 1}\n"
                            "{\"step\": 10, \"loss\": 0.5}\n";

static const struct {
    const char *before;
    int64_t step;
    const char *after; /* NULL: as before */
} rows[] = {
    {"", 5, NULL},
    {three, 10, NULL},
    {three, 9, "{\"step\": 1, \"loss\": 2}\n{\"step\": 2, \"loss\": 1}\n"},
    {three, 2, "{\"step\": 1, \"loss\": 2}\n{\"step\": 2, \"loss\": 1}\n"},
    {three, 1, "{\"step\": 1, \"loss\": 2}\n"},
    {three, 0, ""},
    {"{\"step\": 1, \"loss\": 2}\n{\"step\": 2, \"lo", 5,
     "{\"step\": 1, \"loss\": 2}\n"},
    {"{\"step\": 1}\n{\"st", 5, "{\"step\": 1}\n"},
    {"{\"step\": 1}\n{", 5, "{\"step\": 1}\n"},
    /* what is not ours stays where it is */
    {"{\"step\": 1}\nnote\n{\"step\": 2}\n", 2, NULL},
    {"{\"step\": 1}\nnote\n{\"step\": 2}\n", 1, "{\"step\": 1}\nnote\n"},
    {"{\"step\": 1}\n{\"step\": 2}\nnote\n{\"step\": 3}\n", 1, "{\"step\": 1}\nnote\n"},
    {"\n{\"step\": 1}\n{\"loss\": 2}\n", 1, NULL},
    {"{\"step\": 1}\nnote without end", 1, "{\"step\": 1}\nnote without end\n"},
    /* two programs wrote: the later step does not hide the earlier */
    {"{\"step\": 1}\n{\"step\": 9}\n{\"step\": 2}\n", 5,
     "{\"step\": 1}\n{\"step\": 2}\n"},
};

static void path_of(char path[96]) { snprintf(path, 96, "%s/m.jsonl", tap_folder()); }

static void test_cuts(void) {
    char path[96];
    path_of(path);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err;
        struct str now = {0};
        file_write_atomic(path, rows[i].before, strlen(rows[i].before), &err);
        struct metrics *metrics = metrics_open(path, rows[i].step, &err);
        ok(metrics != NULL, "row %zu opens", i);
        metrics_close(metrics);
        file_read(path, 1 << 20, &now, &err);
        is_str(now.data, rows[i].after ? rows[i].after : rows[i].before,
               "row %zu: what stays", i);
        str_fini(&now);
    }
}

static void test_lines(void) {
    char path[96];
    path_of(path);
    struct err err;
    struct str now = {0};
    file_write_atomic(path, "", 0, &err);
    struct metrics *metrics = metrics_open(path, 0, &err);
    metrics_begin(metrics, 1);
    metrics_real(metrics, "loss", 0.25);
    metrics_real(metrics, "none", NAN);
    metrics_int(metrics, "tokens", 7);
    metrics_text(metrics, "hash", "ab");
    is_int(metrics_end(metrics, &err), 0, "a line is written");
    file_read(path, 1 << 20, &now, &err);
    is_str(now.data,
           "{\"step\": 1, \"loss\": 0.25, \"none\": null, \"tokens\": 7, \"hash\": "
           "\"ab\"}\n",
           "as JSON, and at once");
    metrics_close(metrics);
    str_fini(&now);
}

int main(void) {
    test_cuts();
    test_lines();
    struct err err = {0};
    ok(metrics_open("/no/such/folder/m.jsonl", 0, &err) == NULL,
       "a folder that is not there");
    is_int(err.code, 66, "is said");
    metrics_close(NULL);
    return tap_done();
}
