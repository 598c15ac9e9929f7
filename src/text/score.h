/* SPDX-License-Identifier: Apache-2.0 */
/* How good a pair is to merge: a count over a weight, compared without rounding. */
#ifndef MPIBERT_TEXT_SCORE_H
#define MPIBERT_TEXT_SCORE_H

#include <stdint.h>

/* count / (high · 2^64 + low); the weight is not 0. */
struct score {
    uint64_t count, low, high;
};

static inline struct score score_of_count(uint64_t count) {
    return (struct score){count, 1, 0};
}

/* count / (a · b) */
static inline struct score score_of_ratio(uint64_t count, uint64_t a, uint64_t b) {
    unsigned __int128 weight = (unsigned __int128)a * b;
    return (struct score){count, (uint64_t)weight, (uint64_t)(weight >> 64)};
}

/* a.count · b's weight, of up to 192 bits: the lower 128 in *low, returns the rest. */
static inline uint64_t score_cross(struct score a, struct score b,
                                   unsigned __int128 *low) {
    unsigned __int128 lower = (unsigned __int128)a.count * b.low;
    unsigned __int128 upper = (unsigned __int128)a.count * b.high + (lower >> 64);
    *low = upper << 64 | (uint64_t)lower;
    return (uint64_t)(upper >> 64);
}

/* Less than 0, 0, more than 0 as a < b, a = b, a > b: by cross multiplication. */
static inline int score_compare(struct score a, struct score b) {
    unsigned __int128 x, y;
    if (a.low == b.low && a.high == b.high)
        return (a.count > b.count) - (a.count < b.count);
    uint64_t x_high = score_cross(a, b, &x), y_high = score_cross(b, a, &y);
    if (x_high != y_high)
        return x_high > y_high ? 1 : -1;
    return (x > y) - (x < y);
}

#endif
