/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of bf16 and of floats: see number.h. */
#include "src/kernels/number.h"

#include <stdbool.h>

#if defined(__x86_64__)
#include <immintrin.h>

/* By the instruction that there is for it. */
__attribute__((target("avx512f,avx512bw,avx512vl,avx512bf16"))) static void
narrow_native(int64_t rows, int64_t n, const float *x, int64_t x_ld, uint16_t *y,
              int64_t y_ld) {
    for (; rows > 0; rows--, x += x_ld, y += y_ld) {
        int64_t j = 0;
        for (; j + 32 <= n; j += 32)
            _mm512_storeu_si512(
                y + j, (__m512i)_mm512_cvtne2ps_pbh(_mm512_loadu_ps(x + j + 16),
                                                    _mm512_loadu_ps(x + j)));
        for (; j < n; j += 16) {
            __mmask16 left = n - j < 16 ? (__mmask16)((1u << (n - j)) - 1) : 0xffff;
            _mm256_mask_storeu_epi16(
                y + j, left,
                (__m256i)_mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(left, x + j)));
        }
    }
}

static bool is_native(void) {
    return dispatch_isa() == ISA_AVX512 && __builtin_cpu_supports("avx512bf16");
}
#else
static void narrow_native(int64_t rows, int64_t n, const float *x, int64_t x_ld,
                          uint16_t *y, int64_t y_ld) {
    (void)rows, (void)n, (void)x, (void)x_ld, (void)y, (void)y_ld;
}
static bool is_native(void) { return false; }
#endif

void number_narrow_rows(int64_t rows, int64_t n, const float *x, int64_t x_ld,
                        uint16_t *y, int64_t y_ld) {
    if (is_native())
        narrow_native(rows, n, x, x_ld, y, y_ld);
    else
        for (int64_t i = 0; i < rows; i++)
            bf16_narrow((size_t)n, x + i * x_ld, y + i * y_ld);
}

void number_narrow(int64_t n, const float *x, uint16_t *y) {
    number_narrow_rows(1, n, x, 0, y, 0);
}
