/* SPDX-License-Identifier: Apache-2.0 */
/* The tile for one instruction set; included by tile.c once for each, after
 *
 *     TILE(name)     what the set's functions are called
 *     TILE_TARGET    the attribute that compiles for it
 *     TILE_LANES     floats of a vector; a tile is two vectors wide
 *     TILE_AHEAD     how many k before its use something is asked for
 *     TILE_ROWS      rows of the tile: 2 · rows sums, two vectors of B and one of A
 *                    must fit the registers
 *     TILE_STEP(sum, b, a)  sum + b · a, of vectors of words b and a word a
 *     TILE_PACKED    what else the set has (tile.h) */

typedef float TILE(vector)
    __attribute__((vector_size(4 * TILE_LANES), aligned(4), may_alias));

/* From a tile's columns of A to the last of the next tile's, whose line is the one that
 * has not been seen. */
#define TILE_NEXT (2 * TILE_ROWS - 1)

/* The loop.  `rows`, `vectors` and `by_columns` are constants where it is inlined, so
 * that the sums live in registers.  C's lines are asked for before the loop: a tile
 * ends with so many stores at once that their misses would not be hidden.  The panel is
 * asked for before its use: it comes from the second cache, or from beyond.  So are A's
 * columns, and, for the second cache, what else there is at `next` and from step to
 * step.  A's rows have a pointer for every three of them: with one for all, their
 * distances to it do not fit the integer registers, and the loop is held up by fetching
 * them. */
TILE_TARGET static inline __attribute__((always_inline)) void
TILE(run)(int rows, int vectors, bool by_columns, int64_t k, const float *a,
          int64_t lda, const float *panel, const float *next, int64_t step, bool add,
          float *c, int64_t ldc) {
    TILE(vector) sum[TILE_ROWS][2];
#pragma GCC unroll 16
    for (int i = 0; i < rows; i++)
#pragma GCC unroll 2
        for (int v = 0; v < vectors; v++) {
            sum[i][v] = (TILE(vector)){0};
            __builtin_prefetch(c + i * ldc + v * TILE_LANES, 1);
        }
    const float *row[TILE_ROWS];
#pragma GCC unroll 16
    for (int i = 0; i < rows; i += 3)
        row[i] = a + i * lda;
    for (int64_t p = 0; p < k; p++, panel += 2 * TILE_LANES) {
        const TILE(vector) *b = (const TILE(vector) *)panel;
#pragma GCC unroll 2
        for (int j = 0; j < 2 * TILE_LANES; j += TILE_LINE)
            __builtin_prefetch(panel + TILE_AHEAD * 2 * TILE_LANES + j);
        if (by_columns) { /* each k is on another page, out of the prefetcher's sight */
            __builtin_prefetch(a + (p + TILE_AHEAD) * lda);
            __builtin_prefetch(a + (p + TILE_AHEAD) * lda + TILE_ROWS - 1);
            __builtin_prefetch(next + p * step, 0, 2);
        }
#pragma GCC unroll 16
        for (int i = 0; i < rows; i++)
#pragma GCC unroll 2
            for (int v = 0; v < vectors; v++)
                sum[i][v] = TILE_STEP(sum[i][v], b[v],
                                      by_columns ? a[p * lda + i]
                                                 : row[i - i % 3][i % 3 * lda + p]);
    }
#pragma GCC unroll 16
    for (int i = 0; i < rows; i++)
#pragma GCC unroll 2
        for (int v = 0; v < vectors; v++) {
            TILE(vector) *to = (TILE(vector) *)(c + i * ldc) + v;
            if (add)
                sum[i][v] += *to;
            *to = sum[i][v];
        }
}

typedef void TILE(run_fn)(int64_t k, const float *a, int64_t lda, const float *panel,
                          bool add, float *c, int64_t ldc);

#define TILE_RUN(rows)                                                                 \
    TILE_RUN_ONE(rows, 1, false)                                                       \
    TILE_RUN_ONE(rows, 1, true)                                                        \
    TILE_RUN_ONE(rows, 2, false)                                                       \
    TILE_RUN_ONE(rows, 2, true)
#define TILE_RUN_ONE(rows, vectors, columns)                                           \
    TILE_TARGET static void TILE(run_##rows##_##vectors##_##columns)(                  \
        int64_t k, const float *a, int64_t lda, const float *panel, bool add,          \
        float *c, int64_t ldc) {                                                       \
        const float *next = a + TILE_NEXT;                                             \
        TILE(run)(rows, vectors, columns, k, a, lda, panel, next, lda, add, c, ldc);   \
    }
#define TILE_ROW(rows)                                                                 \
    {{TILE(run_##rows##_1_false), TILE(run_##rows##_1_true)},                          \
     {TILE(run_##rows##_2_false), TILE(run_##rows##_2_true)}},

TILE_EACH_ROWS(TILE_RUN)

/* [rows - 1][vectors - 1][by columns] */
static TILE(run_fn) *const TILE(runs)[TILE_ROWS][2][2] = {TILE_EACH_ROWS(TILE_ROW)};

/* Columns that fill no vector go by way of a whole tile. */
static void TILE(multiply)(int64_t rows, int64_t columns, int64_t k, const float *a,
                           int64_t lda, bool by_columns, const float *panel, bool add,
                           float *c, int64_t ldc) {
    int vectors = columns > TILE_LANES ? 2 : 1;
    TILE(run_fn) *run = TILE(runs)[rows - 1][vectors - 1][by_columns];
    if (columns == vectors * TILE_LANES) {
        run(k, a, lda, panel, add, c, ldc);
        return;
    }
    float whole[TILE_ROWS * 2 * TILE_LANES];
    run(k, a, lda, panel, false, whole, 2 * TILE_LANES);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < columns; j++)
            c[i * ldc + j] = whole[i * 2 * TILE_LANES + j] + (add ? c[i * ldc + j] : 0);
}

TILE_TARGET static void TILE(multiply_columns)(int64_t n, int64_t k, const float *a,
                                               int64_t lda, const float *panels,
                                               bool add, float *c, int64_t ldc) {
    const int rows = TILE_ROWS, width = 2 * TILE_LANES;
    const float *next = a + TILE_NEXT;
    float strip[TILE_ROWS * TILE_DEPTH_MAX];
    for (int64_t p = 0; p < k; p++)
        memcpy(strip + p * rows, a + p * lda, TILE_ROWS * sizeof *strip);
    for (; n >= width; n -= width, panels += k * width, c += width)
        TILE(run)(rows, 2, true, k, strip, rows, panels, next, lda, add, c, ldc);
    if (n > 0)
        TILE(multiply)(rows, n, k, strip, rows, true, panels, add, c, ldc);
}

static const struct tile_set TILE(set) = {.name = TILE_NAME,
                                          .rows = TILE_ROWS,
                                          .columns = 2 * TILE_LANES,
                                          .multiply = TILE(multiply),
                                          .multiply_columns = TILE(multiply_columns),
                                          TILE_PACKED};

#undef TILE
#undef TILE_NAME
#undef TILE_TARGET
#undef TILE_LANES
#undef TILE_ROWS
#undef TILE_EACH_ROWS
#undef TILE_STEP
#undef TILE_NEXT
#undef TILE_TURN
#undef TILE_PACKED
#undef TILE_RUN
#undef TILE_RUN_ONE
#undef TILE_ROW
