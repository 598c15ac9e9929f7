/* SPDX-License-Identifier: Apache-2.0 */
/* Squares in fixed point: see squares.h.  A square of floats is exact in double; times
 * a power of two it is a whole number below 2^58, so that a group of sixteen is summed
 * in 64 bits, and groups in 128. */
#include "src/kernels/squares.h"

#include <math.h>

#include "src/kernels/vec.h"

__extension__ typedef unsigned __int128 wide;

enum { BITS = 58, GROUP = 16, PART_BITS = 32, BLOCK = 1 << 14 };

double squares_largest(int64_t n, const float *x) {
    float most = 0;
    if (vec_count_nonfinite(n, x) > 0)
        return INFINITY;
#pragma omp parallel for schedule(static) reduction(max : most) if (n >= BLOCK)
    for (int64_t i = 0; i < n; i++)
        most = fabsf(x[i]) > most ? fabsf(x[i]) : most;
    return (double)most;
}

/* The exponent of the unit: largest² is under 2^58 units. */
static int unit_of(double largest) {
    int exponent;
    frexp(largest, &exponent);
    return 2 * exponent - BITS;
}

static wide sum_block(int64_t n, const float *x, double per_unit) {
    wide sum = 0;
    for (int64_t i = 0; i < n; i += GROUP) {
        int64_t end = i + GROUP < n ? i + GROUP : n;
        uint64_t group = 0;
        for (int64_t k = i; k < end; k++)
            group += (uint64_t)(int64_t)((double)x[k] * (double)x[k] * per_unit);
        sum += group;
    }
    return sum;
}

void squares_add(int64_t n, const float *x, double largest,
                 uint64_t parts[SQUARES_PARTS]) {
    uint64_t low[SQUARES_PARTS] = {0};
    if (largest == 0)
        return;
    double per_unit = ldexp(1, -unit_of(largest));
#pragma omp parallel for schedule(static) reduction(+ : low) if (n >= BLOCK)
    for (int64_t at = 0; at < n; at += BLOCK) {
        wide sum = sum_block(n - at < BLOCK ? n - at : BLOCK, x + at, per_unit);
        for (int p = 0; p < SQUARES_PARTS; p++)
            low[p] += (uint32_t)(sum >> (p * PART_BITS));
    }
    for (int p = 0; p < SQUARES_PARTS; p++)
        parts[p] += low[p];
}

double squares_value(const uint64_t parts[SQUARES_PARTS], double largest) {
    wide sum = 0;
    for (int p = 0; p < SQUARES_PARTS; p++)
        sum += (wide)parts[p] << (p * PART_BITS);
    return largest == 0 ? 0 : ldexp((double)sum, unit_of(largest));
}
