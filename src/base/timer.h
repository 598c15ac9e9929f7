/* SPDX-License-Identifier: Apache-2.0 */
/* Times for reports.  Nothing in a run may be decided by it. */
#ifndef MPIBERT_BASE_TIMER_H
#define MPIBERT_BASE_TIMER_H

/* Seconds of a clock that never goes back. */
double timer_now(void);
/* Seconds of a processor that the calling thread has used. */
double timer_used(void);
/* "1d02:11", "03:12:44", "12:44": a span of seconds for a human, into text[16]. */
void timer_span(double seconds, char text[16]);

#endif
