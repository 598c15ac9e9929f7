/* SPDX-License-Identifier: Apache-2.0 */
/* Long vectors, and sums down columns: see vec.h.  Memory-bound, all of them; the care
 * goes into sums that do not depend on how many threads there are. */
#include "src/kernels/vec.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "src/base/die.h"
#include "src/base/dispatch.h"
#include "src/kernels/approx.h"
#include "src/kernels/number.h"
#include "src/kernels/parallel.h"

/* Elements of a block of a sum of squares, and blocks whose sums wait on the stack. */
enum { VEC_BLOCK = 8192, VEC_BLOCKS = 512 };

KERNEL_INLINE void vec_bias_range(int64_t n, const float *x, const float *bias,
                                  float *y) {
#pragma omp simd
    for (int64_t j = 0; j < n; j++)
        y[j] = x[j] + bias[j];
}

KERNEL(vec_add_bias_rows,
       (int64_t rows, int64_t n, struct matrix x, const float *bias, struct matrix y),
       (rows, n, x, bias, y)) {
    float room[NUMBER_STRETCH];
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0, count; j < n; j += count) {
            struct matrix to = matrix_from(y, i, j);
            float *made = number_begin(to, room);
            count = number_stretch(y.kind, j, n);
            vec_bias_range(count, matrix_from(x, i, j).at, bias + j, made);
            number_end(to, count, made);
        }
}

KERNEL(vec_add_matrix, (int64_t rows, int64_t n, struct matrix x, struct matrix y),
       (rows, n, x, y)) {
    float room[NUMBER_STRETCH];
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0, count; j < n; j += count) {
            struct matrix to = matrix_from(y, i, j);
            count = number_stretch(y.kind, j, n);
            float *sum = number_open(to, count, room);
            vec_bias_range(count, sum, matrix_from(x, i, j).at, sum);
            number_end(to, count, sum);
        }
}

/* Eight rows of a stretch: dbias is touched an eighth as often. */
KERNEL_INLINE void vec_sum_eight(int64_t n, const float *const dy[8], float *dbias) {
    const float *d0 = dy[0], *d1 = dy[1], *d2 = dy[2], *d3 = dy[3], *d4 = dy[4],
                *d5 = dy[5], *d6 = dy[6], *d7 = dy[7];
#pragma omp simd
    for (int64_t j = 0; j < n; j++)
        dbias[j] +=
            ((d0[j] + d1[j]) + (d2[j] + d3[j])) + ((d4[j] + d5[j]) + (d6[j] + d7[j]));
}

KERNEL_INLINE void vec_sum_one(int64_t n, const float *dy, float *dbias) {
#pragma omp simd
    for (int64_t j = 0; j < n; j++)
        dbias[j] += dy[j];
}

KERNEL(vec_sum_columns, (int64_t rows, int64_t n, struct matrix dy, float *dbias),
       (rows, n, dy, dbias)) {
    float rooms[8][NUMBER_STRETCH];
    for (int64_t j = 0, count; j < n; j += count) {
        int64_t i = 0;
        count = number_stretch(dy.kind, j, n);
        for (; i + 8 <= rows; i += 8) {
            const float *open[8];
            for (int k = 0; k < 8; k++)
                open[k] = number_open(matrix_from(dy, i + k, j), count, rooms[k]);
            vec_sum_eight(count, open, dbias + j);
        }
        for (; i < rows; i++)
            vec_sum_one(count, number_open(matrix_from(dy, i, j), count, rooms[0]),
                        dbias + j);
    }
}

KERNEL(vec_add_range, (int64_t n, const float *x, float *y), (n, x, y)) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++)
        y[i] += x[i];
}

KERNEL(vec_tanh_range, (int64_t n, const float *x, float *y), (n, x, y)) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++)
        y[i] = approx_tanh(x[i]);
}

KERNEL(vec_tanh_backward_range, (int64_t n, const float *y, const float *dy, float *dx),
       (n, y, dy, dx)) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++)
        dx[i] = dy[i] * (1.0f - y[i] * y[i]);
}

KERNEL(vec_square_block, (int64_t n, const float *x, double *out), (n, x, out)) {
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < n; i++)
        sum += (double)x[i] * x[i];
    *out = sum;
}

KERNEL(vec_nonfinite_range, (int64_t n, const float *x, int64_t *out), (n, x, out)) {
    int32_t count = 0;
#pragma omp simd reduction(+ : count)
    for (int64_t i = 0; i < n; i++)
        count += !(fabsf(x[i]) <= FLT_MAX);
    *out = count;
}

void vec_add_bias(int64_t rows, int64_t n, struct matrix x, const float *bias,
                  struct matrix y) {
    CHECK(x.kind == NUMBER_F32);
    vec_add_bias_rows(rows, n, x, bias, y);
}

void vec_round(int64_t rows, int64_t n, struct matrix x, struct matrix y) {
    CHECK(x.kind == NUMBER_F32 && y.kind == NUMBER_BF16);
    number_narrow_rows(rows, n, x.at, x.ld, y.at, y.ld);
}

void vec_add_rows(int64_t rows, int64_t n, struct matrix x, struct matrix y) {
    CHECK(x.kind == NUMBER_F32);
    vec_add_matrix(rows, n, x, y);
}

void vec_sum_rows(int64_t rows, int64_t n, struct matrix dy, float *dbias) {
    vec_sum_columns(rows, n, dy, dbias);
}

void vec_add(int64_t n, const float *x, float *y) { vec_add_range(n, x, y); }
void vec_tanh(int64_t n, const float *x, float *y) { vec_tanh_range(n, x, y); }

void vec_tanh_backward(int64_t n, const float *y, const float *dy, float *dx) {
    vec_tanh_backward_range(n, y, dy, dx);
}

void vec_zero(int64_t n, float *x) {
#pragma omp parallel if (n >= PARALLEL_MIN)
    {
        struct range r = parallel_share(n, 16);
        if (r.end > r.begin)
            memset(x + r.begin, 0, (size_t)(r.end - r.begin) * sizeof *x);
    }
}

double vec_sum_squares(int64_t n, const float *x) {
    double total = 0, sums[VEC_BLOCKS];
    const int64_t stretch = (int64_t)VEC_BLOCK * VEC_BLOCKS;
    for (int64_t first = 0; first < n; first += stretch) {
        int64_t count = n - first < stretch ? n - first : stretch;
        int64_t blocks = (count + VEC_BLOCK - 1) / VEC_BLOCK;
#pragma omp parallel for schedule(static) if (count >= PARALLEL_MIN)
        for (int64_t b = 0; b < blocks; b++) {
            int64_t begin = b * VEC_BLOCK, left = count - begin;
            vec_square_block(left < VEC_BLOCK ? left : VEC_BLOCK, x + first + begin,
                             &sums[b]);
        }
        for (int64_t b = 0; b < blocks; b++)
            total += sums[b];
    }
    return total;
}

int64_t vec_count_nonfinite(int64_t n, const float *x) {
    int64_t total = 0, blocks = (n + VEC_BLOCK - 1) / VEC_BLOCK;
#pragma omp parallel for schedule(static) reduction(+ : total) if (n >= PARALLEL_MIN)
    for (int64_t b = 0; b < blocks; b++) {
        int64_t begin = b * VEC_BLOCK, left = n - begin, count;
        vec_nonfinite_range(left < VEC_BLOCK ? left : VEC_BLOCK, x + begin, &count);
        total += count;
    }
    return total;
}

#if defined(__x86_64__)
/* Flush to zero and denormals are zero: bits 15 and 6 of MXCSR. */
void vec_flush_denormals(void) {
    __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | 0x8040u);
}
#elif defined(__aarch64__)
/* Flush to zero: bit 24 of FPCR. */
void vec_flush_denormals(void) {
    uint64_t fpcr;
    __asm__ volatile("mrs %0, fpcr" : "=r"(fpcr));
    __asm__ volatile("msr fpcr, %0" : : "r"(fpcr | (uint64_t)1 << 24));
}
#else
void vec_flush_denormals(void) {}
#endif

const char *vec_describe(void) {
    switch (dispatch_isa()) {
    case ISA_AVX512: return "AVX-512";
    case ISA_AVX2: return "AVX2";
    default: return "baseline";
    }
}
