/* SPDX-License-Identifier: Apache-2.0 */
/* Times for reports, and for when to save or to stop.  Nothing that a run computes may
 * be decided by it. */
#ifndef MPIBERT_BASE_TIMER_H
#define MPIBERT_BASE_TIMER_H

/* Seconds of a clock that never goes back. */
double timer_now(void);
/* The same clock when the program began: the first call of this, in main. */
double timer_begin(void);
/* Seconds of a processor that the calling thread has used. */
double timer_used(void);
/* "1d02:11", "03:12:44", "12:44": a span of seconds for a human, into text[16]. */
void timer_span(double seconds, char text[16]);

#endif
