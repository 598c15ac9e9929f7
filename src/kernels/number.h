/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of either kind (matrix.h) inside kernels, which compute with floats alone:
 * what is bf16 in memory is opened to floats and closed again a stretch at a time, in
 * the first cache; floats are where they are, and a row of them is one stretch. */
#ifndef MPIBERT_KERNELS_NUMBER_H
#define MPIBERT_KERNELS_NUMBER_H

#include "src/base/bf16.h"
#include "src/base/dispatch.h"
#include "src/kernels/matrix.h"

/* y = x, rounded as bf16_narrow does; but what is under 2⁻¹²⁶ may become 0, which is
 * what products take it for. */
void number_narrow(int64_t n, const float *x, uint16_t *y);
/* The same of rows, so many elements apart. */
void number_narrow_rows(int64_t rows, int64_t n, const float *x, int64_t x_ld,
                        uint16_t *y, int64_t y_ld);

/* Of a stretch of bf16. */
enum { NUMBER_STRETCH = 512 };

/* Elements of the stretch that begins at j of n, in a kernel that opens numbers of this
 * kind. */
KERNEL_INLINE int64_t number_stretch(enum number kind, int64_t j, int64_t n) {
    return kind == NUMBER_F32 || n - j < NUMBER_STRETCH ? n - j : NUMBER_STRETCH;
}

/* The first n of a matrix's row as floats: themselves, or widened into room. */
KERNEL_INLINE float *number_open(struct matrix x, int64_t n, float *room) {
    if (x.kind == NUMBER_F32)
        return x.at;
    bf16_widen((size_t)n, x.at, room);
    return room;
}

/* Where they are to be made: in their place, or in room … */
KERNEL_INLINE float *number_begin(struct matrix y, float *room) {
    return y.kind == NUMBER_F32 ? y.at : room;
}

/* … and, when they are made there, what makes them the matrix's. */
KERNEL_INLINE void number_end(struct matrix y, int64_t n, const float *made) {
    if (y.kind == NUMBER_BF16)
        number_narrow(n, made, y.at);
}

#endif
