/* SPDX-License-Identifier: Apache-2.0 */
/* Where a thread is: its stack, asked for by another one, whatever it is at. */
#ifndef MPIBERT_BASE_STACK_H
#define MPIBERT_BASE_STACK_H

#include <stddef.h>

/* From now on stack_print tells of the calling thread.  Takes a signal of its own
 * (SIGRTMIN + 3). */
void stack_listen(void);
/* From another thread, once: the names of its functions, the innermost first, "a < b <
 * main", of those that are not known where they lie in which file.  Takes no lock and
 * no memory; a second at most, as a thread that the system holds does not answer. */
void stack_print(char *text, size_t size);

#endif
