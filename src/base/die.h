/* SPDX-License-Identifier: Apache-2.0 */
/* The one door for bugs and exhausted memory: a message with its place, then the abort
 * hook (MPI_Abort once MPI runs, because a lone exit() would hang the other ranks). */
#ifndef MPIBERT_BASE_DIE_H
#define MPIBERT_BASE_DIE_H

/* Ends the whole job with code 70.  Never returns. */
#define die(...) die_at(__FILE__, __LINE__, __VA_ARGS__)

/* A condition that only a bug in this program can break; checked in every build. */
#define CHECK(condition)                                                               \
    ((condition) ? (void)0 : die_at(__FILE__, __LINE__, "check failed: %s", #condition))

_Noreturn void die_at(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Sets what ends the job (default: exit). */
void die_set_hook(void (*hook)(int code));

#endif
