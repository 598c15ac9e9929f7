/* SPDX-License-Identifier: Apache-2.0 */
/* A file of predictions: what every run answered to every question of every task, in
 * HDF5, so that any program can judge it again.
 *
 *   /names               text: the sets' names, a line each
 *   /<name>/gold         (questions) float32: right answers, label numbers or numbers
 *   /<name>/lengths      (examples) float32: how many questions each example has
 *   /<name>/predicted    (runs, questions) float32; a label of -1 is none
 *   /<name>/labels       text: label 0 on the first line, …
 *   /<name>/runs         text: tab-separated, with a header; row r is of predicted[r]:
 *                        release  pretraining_seed  step  rate  seed
 *   /<name>/about        text: "kind: labels", "metrics: accuracy f1"
 * and the attributes format, version and hash of the root. */
#ifndef MPIBERT_IO_PREDICTIONS_H
#define MPIBERT_IO_PREDICTIONS_H

#include "src/base/err.h"
#include "src/core/predictions.h"

/* Sets of one file.  Zero it to begin. */
struct prediction_sets {
    struct predictions *sets; /* (count) owned */
    int count;
};

/* Local, one rank alone.  Writes them all; the file is complete or not there.  Each set
 * has an example, a question and a run at least.  74. */
int predictions_write(const char *path, const struct predictions *sets, int count,
                      struct err *err);
/* Local.  66: not there, 65: no such file or damaged, 78: of another version, 74. */
int predictions_read(const char *path, struct prediction_sets *sets, struct err *err);
void prediction_sets_fini(struct prediction_sets *sets);

#endif
