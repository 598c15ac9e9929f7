/* SPDX-License-Identifier: Apache-2.0 */
/* The vector kernels of a model, with each instruction set. */
#ifndef MPIBERT_BENCH_KERNELS_H
#define MPIBERT_BENCH_KERNELS_H

#include <stdint.h>

#include "src/base/dispatch.h"
#include "src/core/shape.h"

enum { BENCH_KERNELS = 32, BENCH_SETS = ISA_AVX512 + 1 };

struct bench_kernel {
    const char *name;
    int64_t rows, n;
    double bytes;          /* read and written, an element */
    double ns[BENCH_SETS]; /* an element, by enum isa; NaN: the processor has it not */
};

/* Local, one thread.  Blocks of rows as the model's threads take them, sequences of
 * `length` tokens: they lie in the second cache, as they do there.  Each kernel takes
 * about `seconds` for every set.  Fills rows[BENCH_KERNELS], returns how many. */
int bench_kernels(const struct shape *shape, int64_t length, double seconds,
                  struct bench_kernel *rows);

#endif
