/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a row is rounded as base/bf16.h does, be it by an instruction or without it:
 * the nearest, ties to even, infinities and what is no number kept, nothing written
 * behind the last; and what is opened to floats and closed again stays what it was. */
#include "src/kernels/number.h"

#include <math.h>
#include <string.h>

#include "src/base/mem.h"
#include "tests/fill.h"
#include "tests/tap.h"

enum { N = 700, GUARD = 0xeeee };

/* Of all sizes, ties, the largest and what is no number among them. */
static void fill_numbers(float x[N]) {
    static const uint32_t odd[] = {0x00000000, 0x80000000, 0x3f808000, 0x3f818000,
                                   0x3f807fff, 0x3f808001, 0x7f7fffff, 0xff7fffff,
                                   0x7f800000, 0xff800000, 0x7f800001, 0x7fc00000,
                                   0x00800000, 0x3fffffff};
    float *normal = fill_normal(N, 1, 1);
    for (int i = 0; i < N; i++)
        x[i] = ldexpf(normal[i], i * 7 % 200 - 100);
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        memcpy(&x[i * 47], &odd[i], sizeof odd[i]);
    mem_free(normal);
}

static void test_narrow(int isa, const float x[N]) {
    uint16_t want[N], got[N + 1];
    int wrong = 0, behind = 0;
    bf16_narrow(N, x, want);
    for (int64_t n = 0; n <= N; n += n < 70 ? 1 : 63) {
        got[n] = GUARD;
        number_narrow(n, x, got);
        wrong += memcmp(got, want, (size_t)n * sizeof *got) != 0;
        behind += got[n] != GUARD;
    }
    is_int(wrong, 0, "isa %d: rows of every length are rounded alike", isa);
    is_int(behind, 0, "  and nothing is written behind them");
}

/* Over all stretches, as kernels go. */
static void test_stretches(int isa, struct matrix x, int64_t n, int64_t want) {
    char *before = mem_alloc((size_t)n, number_bytes(x.kind));
    float room[NUMBER_STRETCH];
    int64_t stretches = 0;
    memcpy(before, x.at, (size_t)n * number_bytes(x.kind));
    for (int64_t j = 0, count; j < n; j += count, stretches++) {
        struct matrix at = matrix_from(x, 0, j);
        count = number_stretch(x.kind, j, n);
        const float *open = number_open(at, count, room);
        float *made = number_begin(at, room);
        ok((x.kind == NUMBER_F32) == (open == at.at) && made == open,
           "isa %d, kind %d: %d numbers are open", isa, x.kind, (int)count);
        number_end(at, count, made);
    }
    is_int(stretches, want, "  in so many stretches");
    ok(memcmp(before, x.at, (size_t)n * number_bytes(x.kind)) == 0,
       "  and are closed to what they were");
    mem_free(before);
}

int main(void) {
    float x[N];
    uint16_t y[N];
    fill_numbers(x);
    for (int isa = 0; fill_isa(isa); isa++) {
        test_narrow(isa, x);
        bf16_narrow(N, x, y);
        test_stretches(isa, matrix_f32(x, N), N, 1);
        test_stretches(isa, matrix_bf16(y, N), N, 2);
        test_stretches(isa, matrix_bf16(y, N), NUMBER_STRETCH, 1);
        test_stretches(isa, matrix_bf16(y, N), 0, 0);
    }
    return tap_done();
}
