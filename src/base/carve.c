/* SPDX-License-Identifier: Apache-2.0 */
/* Many arrays in one block: see carve.h. */
#include "src/base/carve.h"

#include "src/base/die.h"

enum { ALIGN = 64 };

void *carve_take(struct carve *carve, int64_t count, size_t size) {
    CHECK(count >= 0);
    void *piece = carve->base ? carve->base + carve->used_bytes : NULL;
    size_t bytes = ((size_t)count * size + ALIGN - 1) / ALIGN * ALIGN;
    carve->used_bytes += bytes;
    if (piece && carve->touch)
        carve->touch(piece, bytes);
    return piece;
}

float *carve_floats(struct carve *carve, int64_t rows, int64_t n) {
    return carve_take(carve, rows * n, sizeof(float));
}
