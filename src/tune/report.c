/* SPDX-License-Identifier: Apache-2.0 */
/* The table of results: see report.h.  A row is made once, as texts; a form is how
 * texts become a line. */
#include "src/tune/report.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/base/file.h"
#include "src/base/mem.h"

enum { COLUMNS = 9, TEXT = 160 };

struct cells {
    char text[COLUMNS][TEXT];
};

static const struct cells head = {
    {"task", "metric", "mean", "std", "median", "best", "n", "majority", "note"}};
/* On the screen; negative: to the left. */
static const int widths[COLUMNS] = {-8, -20, 8, 8, 8, 8, 4, 9, 0};

static void put_cells(const struct cells *cells, enum report_form form,
                      struct str *out) {
    if (form == REPORT_MARKDOWN)
        str_printf(out, "|");
    for (int c = 0; c < COLUMNS; c++) {
        const char *text = cells->text[c];
        if (form == REPORT_SCREEN)
            str_printf(out, "%s%*s", c == COLUMNS - 1 && *text ? "  " : "", widths[c],
                       text);
        else if (form == REPORT_TSV)
            str_printf(out, "%s%s", c ? "\t" : "", text);
        else
            str_printf(out, " %s |", text);
    }
    str_append_char(out, '\n');
}

static void put_head(enum report_form form, struct str *out) {
    struct cells cells = head;
    if (form == REPORT_SCREEN)
        cells.text[COLUMNS - 1][0] = '\0';
    put_cells(&cells, form, out);
    if (form == REPORT_MARKDOWN)
        str_printf(out, "|---|---|--:|--:|--:|--:|--:|--:|---|\n");
}

static void put_number(char text[TEXT], double value) {
    if (isfinite(value))
        snprintf(text, TEXT, "%.4f", value);
    else
        snprintf(text, TEXT, "-");
}

/* Between the remarks of a note. */
static const char *joint(const struct str *note) { return note->size > 0 ? "; " : ""; }

/* The cell of a grid, and what a reader must not miss. */
static void put_note(char text[TEXT], const struct results *r, bool best,
                     const struct results_line *line) {
    struct str note = {0};
    if (r->task->cell.size > 0)
        str_printf(&note, "%s%s", r->task->cell.data, best ? " (best)" : "");
    if (r->constant > 0)
        str_printf(&note, "%s%d of %d seeds give one answer to all", joint(&note),
                   r->constant, r->n);
    if (line->mean < line->majority)
        str_printf(&note, "%sbelow the majority", joint(&note));
    if (r->fault_count > 0)
        str_printf(&note, "%s%d seeds failed", joint(&note), r->fault_count);
    if (r->stopped > 0)
        str_printf(&note, "%s%d of %d seeds stopped early", joint(&note), r->stopped,
                   r->n);
    if (r->task->config.finetune_best == 1)
        str_printf(&note, "%sbest epoch by dev", joint(&note));
    snprintf(text, TEXT, "%s", note.size ? note.data : "");
    str_fini(&note);
}

static void put_line(const struct results *r, bool best,
                     const struct results_line *line, enum report_form form,
                     struct str *out) {
    struct cells cells;
    snprintf(cells.text[0], TEXT, "%s", r->task->taskset.task.name);
    snprintf(cells.text[1], TEXT, "%s", line->name.data);
    put_number(cells.text[2], line->mean);
    put_number(cells.text[3], line->deviation);
    put_number(cells.text[4], line->median);
    put_number(cells.text[5], line->best);
    snprintf(cells.text[6], TEXT, "%d", r->n);
    put_number(cells.text[7], line->majority);
    put_note(cells.text[8], r, best, line);
    put_cells(&cells, form, out);
}

static void put_average(const char *over, double sum, double majority, int n,
                        enum report_form form, struct str *out) {
    struct cells cells = {{"average"}};
    snprintf(cells.text[1], TEXT, "over %d %s", n, over);
    put_number(cells.text[2], sum / n);
    put_number(cells.text[7], majority / n);
    put_cells(&cells, form, out);
}

/* Whether results i are the best of their task's cells, by the first metric. */
static bool is_best(const struct results *results, int count, int i) {
    const char *name = results[i].task->taskset.task.name;
    double mean = results[i].lines[0].mean;
    for (int j = 0; j < count; j++) {
        double other = results[j].lines[0].mean;
        if (strcmp(results[j].task->taskset.task.name, name) == 0 &&
            (other > mean || (other == mean && j < i)))
            return false;
    }
    return !isnan(mean);
}

/* Both averages, of each task's best cell; NaN in one metric is NaN in them. */
static void put_averages(const struct results *results, int count,
                         enum report_form form, struct str *out) {
    double over_metrics = 0, over_tasks = 0, metric_majority = 0, task_majority = 0;
    int n = 0, counted = 0;
    for (int i = 0; i < count; i++) {
        double mean = 0, majority = 0;
        int lines = results[i].line_count;
        if (results[i].task->cell.size > 0 && !is_best(results, count, i))
            continue;
        for (int l = 0; l < lines; l++) {
            mean += results[i].lines[l].mean;
            majority += results[i].lines[l].majority;
        }
        over_metrics += mean;
        metric_majority += majority;
        over_tasks += mean / lines;
        task_majority += majority / lines;
        n += lines;
        counted++;
    }
    if (counted < 2)
        return;
    put_average("metrics", over_metrics, metric_majority, n, form, out);
    put_average("tasks", over_tasks, task_majority, counted, form, out);
}

void report_print(const struct results *results, int count, enum report_form form,
                  struct str *out) {
    put_head(form, out);
    for (int i = 0; i < count; i++)
        for (int l = 0; l < results[i].line_count; l++)
            put_line(&results[i], is_best(results, count, i), &results[i].lines[l],
                     form, out);
    put_averages(results, count, form, out);
}

int report_write(const struct results *results, int count, const char *dir,
                 struct err *err) {
    static const struct {
        const char *name;
        enum report_form form;
    } files[] = {{"results.tsv", REPORT_TSV}, {"results.md", REPORT_MARKDOWN}};
    int rc = 0;
    for (int i = 0; rc == 0 && i < 2; i++) {
        struct str path = {0}, text = {0};
        str_printf(&path, "%s/%s", dir, files[i].name);
        report_print(results, count, files[i].form, &text);
        rc = file_write_atomic(path.data, text.data, text.size, err);
        str_fini(&path);
        str_fini(&text);
    }
    return rc;
}

struct results *report_farm(const struct farm *farm, struct err *err) {
    struct results *results = mem_alloc((size_t)farm->task_count, sizeof *results);
    int rc = 0, done = 0;
    while (rc == 0 && done < farm->task_count) {
        rc = results_init(&results[done], farm, &farm->tasks[done], err);
        if (rc == 0)
            rc = results_write(&results[done++], err);
    }
    if (rc == 0)
        rc = report_write(results, done, farm->asked->finetune_out, err);
    if (rc == 0)
        return results;
    report_free(results, done);
    return NULL;
}

void report_free(struct results *results, int count) {
    while (count > 0)
        results_fini(&results[--count]);
    mem_free(results);
}
