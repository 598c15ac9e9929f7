/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: the three forms have the same numbers; what a reader must not miss stands
 * beside them; the averages are those of the definition; what is not defined is a dash,
 * and no number. */
#include "src/tune/report.h"

#include <math.h>
#include <string.h>

#include "src/base/file.h"
#include "tests/tap.h"

static struct farm_task cola = {.taskset = {.task = {.name = "cola"}},
                                .config.finetune_best = 1},
                        mrpc = {.taskset = {.task = {.name = "mrpc"}}};
static struct results_line line_cola = {
    .mean = 0.5, .deviation = 0.01, .median = 0.49, .best = 0.52, .majority = 0};
static struct results_line lines_mrpc[] = {
    {.mean = 0.8, .deviation = NAN, .median = 0.8, .best = 0.8, .majority = 0.684},
    {.mean = 0.6, .deviation = NAN, .median = 0.6, .best = 0.6, .majority = 0.812},
};

static const char tsv[] =
    "task\tmetric\tmean\tstd\tmedian\tbest\tn\tmajority\tnote\n"
    "cola\tmatthews\t0.5000\t0.0100\t0.4900\t0.5200\t3\t0.0000\t2 seeds failed; 1 of 3 "
    "seeds stopped early; best epoch by dev\n"
    "mrpc\taccuracy\t0.8000\t-\t0.8000\t0.8000\t1\t0.6840\t1 of 1 seeds give one "
    "answer to "
    "all\n"
    "mrpc\tf1\t0.6000\t-\t0.6000\t0.6000\t1\t0.8120\t1 of 1 seeds give one answer to "
    "all; "
    "below the majority\n"
    "average\tover 3 metrics\t0.6333\t\t\t\t\t0.4987\t\n"
    "average\tover 2 tasks\t0.6000\t\t\t\t\t0.3740\t\n";

/* Two tasks of two cells each: by the first metric the second cell of one is best, and
 * the first of the other, though its second metric is worse. */
static void check_grid(void) {
    static struct farm_task cells[] = {{.taskset = {.task = {.name = "cola"}}},
                                       {.taskset = {.task = {.name = "cola"}}},
                                       {.taskset = {.task = {.name = "mrpc"}}},
                                       {.taskset = {.task = {.name = "mrpc"}}}};
    static struct results_line lines[] = {{.mean = 0.4}, {.mean = 0.5}, {.mean = 0.9},
                                          {.mean = 0.1}, {.mean = 0.8}, {.mean = 0.7}};
    static const int first[] = {0, 1, 2, 4}, counts[] = {1, 1, 2, 2};
    struct results results[4];
    struct str text = {0};
    for (int i = 0; i < 4; i++) {
        str_printf(&cells[i].cell, "batch %d", 8 << i % 2);
        results[i] = (struct results){.task = &cells[i],
                                      .n = 1,
                                      .lines = &lines[first[i]],
                                      .line_count = counts[i]};
    }
    for (int l = 0; l < 6; l++)
        str_printf(&lines[l].name, "m%d", l);
    report_print(results, 4, REPORT_TSV, &text);
    ok(strstr(text.data, "batch 8\ncola") && strstr(text.data, "batch 16 (best)\nmrpc"),
       "the best cell is marked: %s", text.data);
    ok(strstr(text.data,
              "\t0.9000\t0.0000\t0.0000\t0.0000\t1\t0.0000\tbatch 8 (best)") &&
           strstr(text.data,
                  "\t0.1000\t0.0000\t0.0000\t0.0000\t1\t0.0000\tbatch 8 (best)"),
       "for all its metrics");
    ok(strstr(text.data, "over 3 metrics\t0.5000") &&
           strstr(text.data, "over 2 tasks\t0.5000"),
       "and the averages are theirs");
    for (int l = 0; l < 6; l++)
        str_fini(&lines[l].name);
    for (int i = 0; i < 4; i++)
        str_fini(&cells[i].cell);
    str_fini(&text);
}

int main(void) {
    check_grid();
    struct results results[2] = {
        {.task = &cola,
         .n = 3,
         .fault_count = 2,
         .stopped = 1,
         .lines = &line_cola,
         .line_count = 1},
        {.task = &mrpc, .n = 1, .constant = 1, .lines = lines_mrpc, .line_count = 2}};
    struct str text = {0}, cells = {0};
    str_printf(&line_cola.name, "matthews");
    str_printf(&lines_mrpc[0].name, "accuracy");
    str_printf(&lines_mrpc[1].name, "f1");
    report_print(results, 2, REPORT_TSV, &text);
    is_str(text.data, tsv, "tab-separated");
    str_clear(&text);
    report_print(results, 2, REPORT_MARKDOWN, &text);
    ok(strstr(text.data, "|--:|") != NULL, "Markdown has its line of dashes");
    ok(strstr(text.data, "| mrpc | f1 | 0.6000 | - | 0.6000 |") != NULL,
       "and its cells");
    str_clear(&text);
    report_print(results, 2, REPORT_SCREEN, &text);
    ok(strstr(text.data, "cola    matthews              0.5000  0.0100") != NULL,
       "the screen has columns");
    ok(strstr(text.data, "note") == NULL, "whose last has no head");
    str_clear(&text);
    report_print(results, 1, REPORT_TSV, &text);
    ok(strstr(text.data, "average") == NULL, "one task has no average");
    is_int(report_write(results, 2, tap_folder(), NULL), 0, "both files are written");
    str_printf(&cells, "%s/results.tsv", tap_folder());
    str_clear(&text);
    file_read(cells.data, 1 << 20, &text, NULL);
    is_str(text.data, tsv, "as they were printed");
    struct err err = {0};
    is_int(report_write(results, 2, "/nonexistent", &err), -1,
           "a folder that is not there");
    ok(err.code == ERR_MISSING || err.code == ERR_IO, "its code");
    str_fini(&text);
    str_fini(&cells);
    str_fini(&line_cola.name);
    str_fini(&lines_mrpc[0].name);
    str_fini(&lines_mrpc[1].name);
    return tap_done();
}
