/* SPDX-License-Identifier: Apache-2.0 */
/* Panels of numbers as they are, for one instruction set; included by tile.c before
 * tile_body.h, with the same macros.  Bᵀ is turned over by squares of TILE_LANES ×
 * TILE_LANES. */

TILE_TARGET static void TILE(pack)(int64_t k, int64_t columns, const float *b,
                                   int64_t ldb, bool transposed, float *panel) {
    const int64_t width = 2 * TILE_LANES;
    int64_t p = 0;
    if (columns < width)
        memset(panel, 0, (size_t)(k * width) * sizeof *panel);
    if (!transposed) {
        for (; p < k; p++, panel += width, b += ldb) {
            __builtin_prefetch(b + TILE_AHEAD * ldb);
            __builtin_prefetch(b + TILE_AHEAD * ldb + width - 1);
            memcpy(panel, b, (size_t)columns * sizeof *panel);
        }
        return;
    }
    for (; columns == width && p + TILE_LANES <= k; p += TILE_LANES)
        for (int64_t j = 0; j < width; j += TILE_LANES)
            TILE_TURN(b + j * ldb + p, ldb, panel + p * width + j, width);
    for (; p < k; p++)
        for (int64_t j = 0; j < columns; j++)
            panel[p * width + j] = b[j * ldb + p];
}
