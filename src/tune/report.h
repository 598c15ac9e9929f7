/* SPDX-License-Identifier: Apache-2.0 */
/* The table of results, a row a metric of a task, in three forms with the same numbers:
 * for the screen, as tab-separated values, as Markdown.  Local. */
#ifndef MPIBERT_TUNE_REPORT_H
#define MPIBERT_TUNE_REPORT_H

#include "src/tune/results.h"

enum report_form { REPORT_SCREEN, REPORT_TSV, REPORT_MARKDOWN };

/* Appends the table, in which the best cell of each task's grid is marked; of several
 * tasks with both averages of their means (with a grid: of the best cells'): over
 * metrics, and over tasks, each of which counts by the mean of its metrics. */
void report_print(const struct results *results, int count, enum report_form form,
                  struct str *out);
/* Writes DIR/results.tsv and DIR/results.md. */
int report_write(const struct results *results, int count, const char *dir,
                 struct err *err);

/* Local.  The results of all tasks of a farm that ran, with all files written: owned
 * (task_count), for report_free.  NULL: as results_init, or 74. */
struct results *report_farm(const struct farm *farm, struct err *err);
void report_free(struct results *results, int count);

#endif
