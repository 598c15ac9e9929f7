/* SPDX-License-Identifier: Apache-2.0 */
/* A file of JSON objects, one a line, appended as a run goes on and cut back to the
 * checkpoint's step when it resumes, so that no step is in it twice. */
#ifndef MPIBERT_IO_METRICS_H
#define MPIBERT_IO_METRICS_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/err.h"

struct metrics; /* opaque */

/* Opens (makes) the file and drops the lines of steps after `step`, and one that was
 * not ended.  A line that does not begin with a step is not ours: it stays, with a
 * warning. */
struct metrics *metrics_open(const char *path, int64_t step, struct err *err);
/* One line: {"step": step, …}.  Keys and values in turn. */
void metrics_begin(struct metrics *metrics, int64_t step);
void metrics_real(struct metrics *metrics, const char *key,
                  double value); /* NaN: null */
void metrics_int(struct metrics *metrics, const char *key, int64_t value);
void metrics_ints(struct metrics *metrics, const char *key, const uint64_t *values,
                  int count);
void metrics_text(struct metrics *metrics, const char *key,
                  const char *value); /* plain */
/* "time": seconds since 1970 of now, to the millisecond. */
void metrics_time(struct metrics *metrics);
int metrics_end(struct metrics *metrics, struct err *err);
/* Local.  The number that a key has in the last line of a step that has it; NaN if
 * there is none. */
double metrics_find(const char *path, int64_t step, const char *key);
/* Local.  Whether a line of a step has that text under a key. */
bool metrics_has(const char *path, int64_t step, const char *key, const char *text);
/* Accepts NULL. */
void metrics_close(struct metrics *metrics);

#endif
