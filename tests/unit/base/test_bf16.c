/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a float is rounded to the nearest of the two brain floats around it, to the
 * even one in the middle; back again it has the upper bits; infinite stays infinite,
 * NaN stays NaN. */
#include "src/base/bf16.h"

#include <math.h>
#include <string.h>

#include "tests/tap.h"

static const struct {
    uint32_t bits;
    uint16_t want;
    const char *what;
} rows[] = {
    {0x00000000, 0x0000, "0"},
    {0x80000000, 0x8000, "-0"},
    {0x3f800000, 0x3f80, "1"},
    {0x3f807fff, 0x3f80, "below the middle"},
    {0x3f808000, 0x3f80, "the middle, even below"},
    {0x3f808001, 0x3f81, "above the middle"},
    {0x3f818000, 0x3f82, "the middle, even above"},
    {0xbf818000, 0xbf82, "the same, negative"},
    {0x3fffffff, 0x4000, "a carry into the exponent"},
    {0x7f7fffff, 0x7f80, "the largest becomes infinite"},
    {0x7f800000, 0x7f80, "infinite"},
    {0xff800000, 0xff80, "minus infinite"},
    {0x7f800001, 0x7fc0, "a NaN with low bits only"},
    {0xffffffff, 0xffff, "a NaN of all bits"},
    {0x00000001, 0x0000, "the smallest denormal"},
    {0x00018000, 0x0002, "a denormal in the middle"},
};
enum { ROWS = sizeof rows / sizeof *rows };

int main(void) {
    float x[ROWS], back[ROWS];
    uint16_t y[ROWS];
    for (int i = 0; i < ROWS; i++)
        memcpy(&x[i], &rows[i].bits, sizeof x[i]);
    bf16_narrow(ROWS, x, y);
    bf16_widen(ROWS, y, back);
    for (int i = 0; i < ROWS; i++) {
        uint32_t bits;
        memcpy(&bits, &back[i], sizeof bits);
        is_int(y[i], rows[i].want, "%s", rows[i].what);
        is_int(bits, (int64_t)rows[i].want << 16, "%s: and back", rows[i].what);
    }
    /* every length, so that what is left behind whole vectors is right, too */
    for (size_t n = 0; n <= ROWS; n++) {
        uint16_t part[ROWS + 1];
        memset(part, 0xee, sizeof part);
        bf16_narrow(n, x, part);
        ok(memcmp(part, y, n * sizeof *y) == 0 && part[n] == 0xeeee, "%zu numbers", n);
    }
    return tap_done();
}
