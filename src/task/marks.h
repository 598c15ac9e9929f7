/* SPDX-License-Identifier: Apache-2.0 */
/* A word of a text that is asked about, as WiC does, between quotation marks.  Local.
 */
#ifndef MPIBERT_TASK_MARKS_H
#define MPIBERT_TASK_MARKS_H

#include <stdint.h>

#include "src/base/str.h"

/* Appends the text with its characters begin … end-1 between quotation marks.  -1, with
 * nothing appended: there are none, or not all of them. */
int marks_put(struct slice text, int64_t begin, int64_t end, struct str *out);

#endif
