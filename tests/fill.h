/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays of numbers for tests of kernels, each a pure function of its tag, and the same
 * numbers in double for the reference; and a walk over instruction sets. */
#ifndef MPIBERT_TESTS_FILL_H
#define MPIBERT_TESTS_FILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All return owned memory; free with mem_free.  Normal numbers of this deviation: */
float *fill_normal(int64_t n, uint32_t tag, double deviation);
/* The same numbers, wider. */
double *fill_widen(int64_t n, const float *x);
float *fill_copy(int64_t n, const float *x);
/* Integers in [0, below). */
int32_t *fill_ids(int64_t n, uint32_t tag, int32_t below);

/* Whether these n bytes all have the value's lowest one. */
bool fill_is(const void *bytes, size_t n, int value);

/* for (int isa = 0; fill_isa(isa); isa++): limits kernels to each instruction set that
 * this processor has, the least first; at the end takes the limit away. */
bool fill_isa(int isa);

#endif
