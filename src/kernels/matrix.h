/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers in memory, row by row, in single precision or as bf16: what a product reads
 * and writes.  What is only read is not const here, so that one type does for all. */
#ifndef MPIBERT_KERNELS_MATRIX_H
#define MPIBERT_KERNELS_MATRIX_H

#include <stddef.h>
#include <stdint.h>

enum number { NUMBER_F32, NUMBER_BF16 };

struct matrix {
    enum number kind;
    int64_t ld; /* elements between rows */
    void *at;   /* borrowed */
};

static inline struct matrix matrix_f32(const float *at, int64_t ld) {
    return (struct matrix){NUMBER_F32, ld, (void *)at};
}

static inline struct matrix matrix_bf16(const uint16_t *at, int64_t ld) {
    return (struct matrix){NUMBER_BF16, ld, (void *)at};
}

static inline size_t number_bytes(enum number kind) {
    return kind == NUMBER_F32 ? sizeof(float) : sizeof(uint16_t);
}

/* Elements between rows of n bf16 that do well in products: lines of a cache, and not
 * an even number of them, so that rows of a tile fall on different ones. */
static inline int64_t matrix_stride_bf16(int64_t n) { return ((n + 31) / 32 | 1) * 32; }

/* The part that begins at that row and column. */
static inline struct matrix matrix_from(struct matrix x, int64_t row, int64_t column) {
    x.at = (char *)x.at + (row * x.ld + column) * (int64_t)number_bytes(x.kind);
    return x;
}

#endif
