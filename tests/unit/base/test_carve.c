/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: what is measured is what is placed; pieces are aligned, in their order, none
 * over another, and each is touched once, as it is placed. */
#include <string.h>

#include "src/base/carve.h"
#include "tests/dies.h"
#include "tests/tap.h"

static const struct {
    int64_t count;
    size_t size, bytes; /* bytes: what it takes */
} rows[] = {{1, 1, 64},  {64, 1, 64},  {65, 1, 128},  {0, 8, 0},
            {16, 4, 64}, {17, 4, 128}, {3, 100, 320}, {1, 4096, 4096}};
enum { ROWS = sizeof rows / sizeof *rows };

static int touched;
static _Alignas(64) char block[8192];

static void touch(void *piece, size_t bytes) { memset(piece, ++touched, bytes); }

static void take_all(struct carve *carve, char *pieces[ROWS]) {
    for (int i = 0; i < ROWS; i++)
        pieces[i] = carve_take(carve, rows[i].count, rows[i].size);
}

static void take_less_than_none(void *unused) {
    struct carve carve = {0};
    (void)unused;
    carve_take(&carve, -1, 1);
}

int main(void) {
    char *pieces[ROWS];
    struct carve measure = {0}, place = {.base = block, .touch = touch};
    take_all(&measure, pieces);
    for (int i = 0; i < ROWS; i++)
        ok(pieces[i] == NULL, "measured, not placed");
    take_all(&place, pieces);
    is_int((int64_t)place.used_bytes, (int64_t)measure.used_bytes,
           "placed as measured");
    size_t at = 0;
    for (int i = 0; i < ROWS; i++) {
        ok(pieces[i] == block + at, "piece %d after those before it", i);
        ok(rows[i].bytes == 0 || pieces[i][0] == i + 1, "  touched in its turn");
        ok(rows[i].bytes == 0 || pieces[i][rows[i].bytes - 1] == i + 1, "  to its end");
        at += rows[i].bytes;
    }
    is_int((int64_t)at, (int64_t)place.used_bytes, "nothing between them");
    place = (struct carve){.base = block};
    float *matrix = carve_floats(&place, 3, 5);
    ok((char *)matrix == block && place.used_bytes == 64, "rows of floats");
    ok(dies(take_less_than_none, NULL), "fewer than none is a bug");
    return tap_done();
}
