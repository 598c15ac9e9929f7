/* SPDX-License-Identifier: Apache-2.0 */
/* Messages to a human on standard error.  Standard output belongs to results. */
#ifndef MPIBERT_BASE_LOG_H
#define MPIBERT_BASE_LOG_H

#include <stdbool.h>

#include "src/base/err.h"

/* Who speaks.  Until it is called the program is rank 0. */
void log_set_rank(int rank);
int log_rank(void);
/* Silences log_info. */
void log_set_quiet(bool quiet);

/* Called before each message, to clear what stands on the terminal's line; NULL:
 * nothing. */
void log_set_before(void (*clear)(void));

/* This rank tells what rank 0 would, of what rank 0 does not see: work of its group
 * alone. */
void log_set_speaks(bool speaks);

/* From rank 0 only: "mpibert: …". */
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* From any rank: "mpibert: warning: …" (with the rank unless it is 0). */
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same from rank 0 only: of what all ranks read alike, so that it is said once. */
void log_warn_once(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* From rank 0 only, for agreed errors, and once: "mpibert: error: …"; to be stopped
 * (75) is none, "mpibert: …".  Returns err->code. */
int log_error(struct err *err);

#endif
