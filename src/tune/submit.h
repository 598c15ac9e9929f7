/* SPDX-License-Identifier: Apache-2.0 */
/* Answers to GLUE's test sets (answers_upload), chosen among fine-tunings, in a folder
 * for gluebenchmark.com.  Local. */
#ifndef MPIBERT_TUNE_SUBMIT_H
#define MPIBERT_TUNE_SUBMIT_H

#include "src/tune/results.h"

/* Puts the files of each task into a folder: those of the fine-tuning that is best on
 * its dev file by the first metric, of all cells of a grid; and says which that is.  A
 * task of which none has a score has none, with a warning.  66, 74. */
int submit_write(const struct results *results, int count, const char *dir,
                 struct err *err);

#endif
