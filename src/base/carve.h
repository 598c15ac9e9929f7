/* SPDX-License-Identifier: Apache-2.0 */
/* Many arrays in one block.  One function takes them in their order, and is run twice:
 * without a block, to measure, then with one, to place. */
#ifndef MPIBERT_BASE_CARVE_H
#define MPIBERT_BASE_CARVE_H

#include <stddef.h>
#include <stdint.h>

/* Zero it to measure; with a base, aligned to 64 bytes, it places. */
struct carve {
    char *base;
    size_t used_bytes;
    /* Unless NULL, is given every piece as it is placed: to fill it, or to touch it by
     * the threads that will use it. */
    void (*touch)(void *piece, size_t bytes);
};

/* The next `count` items, aligned to 64 bytes; NULL without a base. */
void *carve_take(struct carve *carve, int64_t count, size_t size);
/* (rows,n) floats. */
float *carve_floats(struct carve *carve, int64_t rows, int64_t n);

#endif
