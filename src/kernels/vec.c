/* SPDX-License-Identifier: Apache-2.0 */
/* Long vectors, and sums down columns: see vec.h.  Memory-bound, all of them; the care
 * goes into sums that do not depend on how many threads there are. */
#include "src/kernels/vec.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "src/base/dispatch.h"
#include "src/kernels/approx.h"
#include "src/kernels/parallel.h"

/* Elements of a block of a sum of squares, and blocks whose sums wait on the stack. */
enum { VEC_BLOCK = 8192, VEC_BLOCKS = 512 };

KERNEL(vec_add_bias_rows,
       (int64_t rows, int64_t n, int64_t ld, float *restrict x,
        const float *restrict bias),
       (rows, n, ld, x, bias)) {
    for (int64_t i = 0; i < rows; i++, x += ld) {
#pragma omp simd
        for (int64_t j = 0; j < n; j++)
            x[j] += bias[j];
    }
}

/* Eight rows at a time: dbias is touched an eighth as often. */
KERNEL(vec_sum_columns,
       (int64_t rows, int64_t n, int64_t ld, const float *restrict dy,
        float *restrict dbias),
       (rows, n, ld, dy, dbias)) {
    int64_t i = 0;
    for (; i + 8 <= rows; i += 8, dy += 8 * ld) {
#pragma omp simd
        for (int64_t j = 0; j < n; j++)
            dbias[j] +=
                ((dy[j] + dy[j + ld]) + (dy[j + 2 * ld] + dy[j + 3 * ld])) +
                ((dy[j + 4 * ld] + dy[j + 5 * ld]) + (dy[j + 6 * ld] + dy[j + 7 * ld]));
    }
    for (; i < rows; i++, dy += ld) {
#pragma omp simd
        for (int64_t j = 0; j < n; j++)
            dbias[j] += dy[j];
    }
}

KERNEL(vec_add_range, (int64_t n, const float *x, float *y), (n, x, y)) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++)
        y[i] += x[i];
}

KERNEL(vec_multiply_range, (int64_t n, const float *x, float *y), (n, x, y)) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++)
        y[i] *= x[i];
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

void vec_add_bias(int64_t rows, int64_t n, int64_t ld, float *x, const float *bias) {
    vec_add_bias_rows(rows, n, ld, x, bias);
}

void vec_sum_rows(int64_t rows, int64_t n, int64_t ld, const float *dy, float *dbias) {
    vec_sum_columns(rows, n, ld, dy, dbias);
}

void vec_add(int64_t n, const float *x, float *y) { vec_add_range(n, x, y); }
void vec_multiply(int64_t n, const float *x, float *y) { vec_multiply_range(n, x, y); }
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
