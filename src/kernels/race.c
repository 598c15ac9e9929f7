/* SPDX-License-Identifier: Apache-2.0 */
/* Draws by exponential races: see race.h.  A block's scores lie side by side, so that
 * the compiler makes vectors of them; who leads is found in a second look. */
#include "src/kernels/race.h"

#include <math.h>

#include "src/base/die.h"
#include "src/base/dispatch.h"
#include "src/kernels/approx.h"
#include "src/kernels/largest.h"

/* scores (n) = weight / E, 0 for NaN; *largest of them. */
KERNEL(race_scores,
       (int64_t n, const float *restrict weights, int64_t stride,
        const uint32_t *restrict bits, float *restrict scores, float *largest),
       (n, weights, stride, bits, scores, largest)) {
#pragma omp simd
    for (int64_t v = 0; v < n; v++) {
        float score = weights[v * stride] / approx_exponential(bits[v]);
        scores[v] = score >= 0 ? score : 0;
    }
    *largest = row_largest(n, scores);
}

struct race race_block(int64_t n, int64_t first, const float *weights, int64_t stride,
                       const struct philox_row *noise) {
    uint32_t bits[RACE_BLOCK];
    float scores[RACE_BLOCK], largest;
    int64_t v = 0;
    CHECK(n > 0 && n <= RACE_BLOCK && first % 4 == 0);
    philox_words(noise, (uint32_t)(first / 4), n, bits);
    race_scores(n, weights, stride, bits, scores, &largest);
    while (scores[v] != largest)
        v++;
    return (struct race){logf(largest), (int32_t)(first + v)};
}
