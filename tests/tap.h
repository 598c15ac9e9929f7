/* SPDX-License-Identifier: Apache-2.0 */
/* The Test Anything Protocol in a few functions; `prove` reads it.  A test is a main()
 * that begins with its logic in a sentence, calls these and ends with `return
 * tap_done();`. */
#ifndef MPIBERT_TESTS_TAP_H
#define MPIBERT_TESTS_TAP_H

#include <stdbool.h>
#include <stdint.h>

/* All return what they judged. */
bool ok(bool condition, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool is_int(int64_t got, int64_t want, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool is_str(const char *got, const char *want, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* A comment line. */
void diag(const char *format, ...) __attribute__((format(printf, 1, 2)));
void skip(const char *why, int count);
/* Skips the whole test program: prints the plan and exits 0. */
_Noreturn void skip_all(const char *why);
/* In MPI tests ranks other than 0 stay silent; their verdicts count in their exit
 * code. */
void tap_quiet(bool quiet);
/* Prints the plan; 0 if all was ok. */
int tap_done(void);
/* A fresh empty folder of this test program, removed at exit. */
const char *tap_folder(void);

#endif
