/* SPDX-License-Identifier: Apache-2.0 */
/* Two loops that do nothing useful as fast as the processor can: see peak.h. */
#include "src/kernels/peak.h"

#include "src/base/dispatch.h"
#include "src/base/mem.h"
#include "src/base/timer.h"
#include "src/kernels/parallel.h"

/* Multiply-adds in flight: two a cycle of 4 or 5 cycles' latency need ten; twelve fit
 * the sixteen registers of AVX2 beside the two factors. */
enum { CHAINS = 12, FMA_LOOPS = 4096 };

/* One kernel for each width, because a vector's width is its type here; on a processor
 * without AVX2 `acc * a + b` is a multiplication and an addition. */
#define PEAK_LOOP(name, target, bytes)                                                 \
    typedef float name##_vector __attribute__((vector_size(bytes)));                   \
    target static float name(float seed) {                                             \
        name##_vector acc[CHAINS], a = {0}, b = {0};                                   \
        a += 0.5f + seed, b += 0.25f + seed;                                           \
        for (int k = 0; k < CHAINS; k++)                                               \
            acc[k] = b * (float)k;                                                     \
        for (int i = 0; i < FMA_LOOPS; i++) {                                          \
            for (int k = 0; k < CHAINS; k++)                                           \
                acc[k] = acc[k] * a + b;                                               \
        }                                                                              \
        for (int k = 1; k < CHAINS; k++)                                               \
            acc[0] += acc[k];                                                          \
        return acc[0][0];                                                              \
    }

PEAK_LOOP(peak_fma_baseline, , 16)
#if defined(__x86_64__)
PEAK_LOOP(peak_fma_avx2, DISPATCH_AVX2, 32)
PEAK_LOOP(peak_fma_avx512, DISPATCH_AVX512, 64)
#endif

typedef float peak_fma_fn(float seed);

static peak_fma_fn *peak_fma_choose(int *lanes) {
#if defined(__x86_64__)
    if (dispatch_isa() == ISA_AVX512)
        return *lanes = 16, peak_fma_avx512;
    if (dispatch_isa() == ISA_AVX2)
        return *lanes = 8, peak_fma_avx2;
#endif
    return *lanes = 4, peak_fma_baseline;
}

double peak_fma_gflops(double seconds) {
    int lanes;
    peak_fma_fn *loop = peak_fma_choose(&lanes);
    volatile float sink = 0; /* also unknown to the compiler */
    double best = 0, start = timer_now(), now = start;
    while (best == 0 || now - start < seconds) {
        double before = now;
        for (int i = 0; i < 16; i++)
            sink = loop(sink * 0);
        now = timer_now();
        double flops = 16.0 * FMA_LOOPS * CHAINS * lanes * 2;
        if (now > before && flops / (now - before) > best)
            best = flops / (now - before);
    }
    return best * 1e-9;
}

double peak_tile_gflops(const struct tile_set *set, double seconds) {
    enum { WORDS = 128, TURNS = 64 };
    _Alignas(64) float a[TILE_COLUMNS_MAX * WORDS] = {0},
                                            panel[TILE_COLUMNS_MAX * WORDS] = {0},
                                            c[TILE_COLUMNS_MAX * TILE_COLUMNS_MAX];
    double best = 0, start = timer_now(), now = start;
    double flops = 2.0 * TURNS * WORDS * (double)(set->rows * set->columns) * 2;
    if (set->begin)
        set->begin();
    while (best == 0 || now - start < seconds) {
        double before = now;
        for (int i = 0; i < TURNS; i++)
            set->multiply(set->rows, set->columns, WORDS, a, WORDS, false, panel, false,
                          c, set->columns);
        now = timer_now();
        if (now > before && flops / (now - before) > best)
            best = flops / (now - before);
    }
    if (set->end)
        set->end();
    return best * 1e-9;
}

KERNEL(peak_triad,
       (int64_t n, float *restrict a, const float *restrict b, const float *restrict c),
       (n, a, b, c)) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++)
        a[i] = b[i] + 3.0f * c[i];
}

double peak_triad_gbytes(int64_t bytes, double seconds) {
    int64_t n = bytes / (3 * (int64_t)sizeof(float));
    float *block = mem_alloc((size_t)(3 * n), sizeof(float));
    double best = 0, start = timer_now(), now = start;
    while (best == 0 || now - start < seconds) {
        double before = now;
#pragma omp parallel
        {
            struct range r = parallel_share(n, 16);
            peak_triad(r.end - r.begin, block + r.begin, block + n + r.begin,
                       block + 2 * n + r.begin);
        }
        now = timer_now();
        if (now > before && 12.0 * (double)n / (now - before) > best)
            best = 12.0 * (double)n / (now - before);
    }
    mem_free(block);
    return best * 1e-9;
}
