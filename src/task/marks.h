/* SPDX-License-Identifier: Apache-2.0 */
/* A word of a text that is asked about, as WiC does, between quotation marks.  Local.
 */
#ifndef MPIBERT_TASK_MARKS_H
#define MPIBERT_TASK_MARKS_H

#include <stdint.h>

#include "src/base/str.h"

/* The bytes *from … *to-1 that are the text's characters begin … end-1; -1: there are
 * none, or not all of them. */
int marks_find(struct slice text, int64_t begin, int64_t end, size_t *from, size_t *to);
/* Appends the text with its characters begin … end-1 between quotation marks.  -1, with
 * nothing appended: there are none, or not all of them. */
int marks_put(struct slice text, int64_t begin, int64_t end, struct str *out);

#endif
