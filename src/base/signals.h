/* SPDX-License-Identifier: Apache-2.0 */
/* Signals as wishes: what the world outside asks of a program that is at work.  A
 * handler only notes what came; who is at work looks, and acts where it is safe. */
#ifndef MPIBERT_BASE_SIGNALS_H
#define MPIBERT_BASE_SIGNALS_H

/* From now on: USR1 is a wish to save; USR2, TERM and INT are a wish to stop.  A second
 * TERM or INT ends the process there and then, with 130 or 143.  Whoever does not call
 * this dies of each of them, as the system has it. */
void signals_listen(void);
/* The signal that first asked to stop, or 0. */
int signals_stop(void);
/* How often USR1 has come. */
int signals_saves(void);

#endif
