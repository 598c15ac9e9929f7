/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: dropout's decisions are a published function of (key, row, element): the fast
 * kernel must keep exactly what the plain loop over base/rng.h keeps, at odd widths, on
 * every instruction set, for any split into rows; the rate must come true; backward
 * must use the bits it is given. */
#include "src/kernels/dropout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/dispatch.h"
#include "src/base/mem.h"
#include "src/base/rng.h"
#include "src/kernels/ref.h"
#include "tests/fill.h"
#include "tests/half.h"
#include "tests/near.h"
#include "tests/tap.h"

static const struct dropout_key key = {
    .seed = 0x123456789ABCDEF0u, .lane = 31, .number = 0xFEDCBA987654u, .site = 0xABCD};
static const struct near_limits limits = {1e-6, 1e-7, 2e-7};
static const int64_t widths[] = {1,   7,   8,   9,   15,  16,  17,
                                 100, 127, 128, 129, 300, 768, 1100};

static void test_against_ref(int64_t rows, int64_t n, int64_t ld, uint32_t threshold) {
    int64_t count = rows * ld, bytes = rows * ((n + 7) / 8);
    float *x = fill_normal(count, 1, 1), *dy = fill_normal(count, 2, 1);
    double *wx = fill_widen(count, x), *wdy = fill_widen(count, dy);
    uint8_t *keep = mem_alloc((size_t)bytes, 1), *wkeep = mem_alloc((size_t)bytes, 1);
    memset(keep, 0xAA, (size_t)bytes);
    int isa = (int)dispatch_isa(), w = (int)n, t = (int)threshold;
    dropout_draw(rows, n, &key, 77, threshold, keep);
    struct matrix xs = matrix_f32(x, ld), d = matrix_f32(dy, ld);
    struct matrix rounded = half_matrix(NUMBER_BF16, rows, ld, x);
    double *wrounded = half_wide(rounded, rows);
    dropout_apply(rows, n, threshold, keep, xs, rounded);
    dropout_apply(rows, n, threshold, keep, xs, xs);
    ref_dropout_forward(rows, n, ld, &key, 77, threshold, wx, wkeep);
    ok(memcmp(keep, wkeep, (size_t)bytes) == 0, "isa %d n %d threshold %d: bits", isa,
       w, t);
    near_f32(count, x, wx, limits, "isa %d n %d threshold %d: x", isa, w, t);
    for (int64_t i = 0; i < count; i++)
        wrounded[i] = i % ld < n ? wx[i] : wrounded[i];
    half_near(rows, n, rounded, wrounded, limits, "x rounded");
    dropout_apply(rows, n, threshold, keep, d, d);
    ref_dropout_backward(rows, n, ld, threshold, wkeep, wdy, wdy);
    near_f32(count, dy, wdy, limits, "isa %d n %d threshold %d: dx in place", isa, w,
             t);
    mem_free(x), mem_free(dy), mem_free(wx), mem_free(wdy), mem_free(keep),
        mem_free(wkeep), mem_free(rounded.at), mem_free(wrounded);
}

/* Element 0 of row 0 under the plainest key is bits 0 … 15 of Philox at counter { 0, 0,
 * 0, 0 } and the key { 0, RNG_DROPOUT << 24 }. */
static void test_definition(void) {
    struct dropout_key plain = {0};
    uint32_t words[4];
    philox4x32((uint32_t[4]){0}, (uint32_t[2]){0, 6u << 24}, words);
    for (int j = 0; j < 8; j++) {
        uint32_t draw = words[j / 2] >> 16 * (j & 1) & 0xFFFF;
        uint8_t keep;
        dropout_draw(1, 8, &plain, 0, draw, &keep);
        ok(keep >> j & 1, "element %d is kept when its draw equals the threshold", j);
        dropout_draw(1, 8, &plain, 0, draw + 1, &keep);
        ok(!(keep >> j & 1), "element %d is dropped when its draw is below", j);
    }
}

static void test_rate(double rate) {
    enum { ROWS = 400, N = 512, COUNT = ROWS * N };
    uint8_t *keep = mem_alloc(COUNT / 8, 1);
    double kept = 0;
    dropout_draw(ROWS, N, &key, 0, dropout_threshold(rate), keep);
    for (int i = 0; i < COUNT; i++)
        kept += keep[i / 8] >> (i & 7) & 1;
    double deviation = sqrt(rate * (1 - rate) / COUNT);
    ok(fabs(kept / COUNT - (1 - rate)) < 5 * deviation, "rate %g comes true: %g kept",
       rate, kept / COUNT);
    mem_free(keep);
}

/* Keys that differ in one place agree by chance alone: half of the time at rate ½. */
static void test_keys_differ(void) {
    static const struct dropout_key others[] = {
        {0x123456789ABCDEF1u, 31, 0xFEDCBA987654u, 0xABCD},
        {0x223456789ABCDEF0u, 31, 0xFEDCBA987654u, 0xABCD},
        {0x123456789ABCDEF0u, 30, 0xFEDCBA987654u, 0xABCD},
        {0x123456789ABCDEF0u, 31, 0xFEDCBA987655u, 0xABCD},
        {0x123456789ABCDEF0u, 31, 0x7EDCBA987654u, 0xABCD},
        {0x123456789ABCDEF0u, 31, 0xFEDCBA987654u, 0xABCC},
    };
    uint8_t keep[512], other[512];
    dropout_draw(1, 4096, &key, 0, 32768, keep);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        dropout_draw(1, 4096, &others[i], 0, 32768, other);
        int same = 0;
        for (int j = 0; j < 4096; j++)
            same += (keep[j / 8] ^ other[j / 8]) >> (j & 7) & 1;
        ok(abs(same - 2048) < 160, "key %zu decides for itself: %d differ", i, same);
    }
}

static void test_split(void) {
    enum { ROWS = 300, N = 100, BYTES = ROWS * 13 };
    static uint8_t whole[BYTES], parts[BYTES];
    dropout_draw(ROWS, N, &key, 10, 6554, whole);
    dropout_draw(123, N, &key, 10, 6554, parts);
    dropout_draw(ROWS - 123, N, &key, 133, 6554, parts + 123 * 13);
    ok(memcmp(whole, parts, BYTES) == 0, "rows done apart, the same bits");
}

static void test_numbers(void) {
    is_int(dropout_threshold(0), 0, "rate 0");
    is_int(dropout_threshold(0.1), 6554, "rate 0.1");
    is_int(dropout_threshold(0.5), 32768, "rate ½");
    is_int(dropout_threshold(1e-6), 0, "a rate below 1/131072 is none");
    is_int(dropout_threshold(0.9999999), 65535, "a rate of nearly 1 keeps something");
    ok(dropout_scale(0) == 1 && dropout_scale(32768) == 2, "scales");
    ok(dropout_scale(6554) == (float)(65536.0 / (65536 - 6554)),
       "the scale is of the rounded rate");
    float x[1] = {INFINITY};
    uint8_t drop = 0;
    dropout_apply(1, 1, 32768, &drop, matrix_f32(x, 1), matrix_f32(x, 1));
    ok(x[0] == 0, "what is dropped is 0, even of infinity");
}

int main(void) {
    static const uint32_t thresholds[] = {0, 1, 6554, 65535};
    for (int isa = 0; fill_isa(isa); isa++) {
        for (size_t i = 0; i < sizeof widths / sizeof *widths; i++)
            test_against_ref(3, widths[i], widths[i] + (i & 1) * 5, thresholds[i & 3]);
        for (size_t i = 0; i < 4; i++)
            test_against_ref(3, 137, 137, thresholds[i]);
        test_definition();
    }
    test_against_ref(0, 8, 8, 100);
    test_numbers();
    test_rate(0.1);
    test_rate(0.5);
    test_keys_differ();
    test_split();
    return tap_done();
}
