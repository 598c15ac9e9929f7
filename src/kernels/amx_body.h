/* SPDX-License-Identifier: Apache-2.0 */
/* The tile by AMX, written over seven operations; included by tile_amx.c once for the
 * processor's and once for those in plain C, after
 *
 *     AMX(name)                 what the functions are called
 *     AMX_TARGET                the attribute that compiles for it
 *     AMX_CONFIGURE(config)     struct amx_config: which tiles there are
 *     AMX_RELEASE()             no tile is in use
 *     AMX_ZERO(t)               tile t = 0
 *     AMX_LOAD(t, from, bytes)  tile t from rows so many bytes apart
 *     AMX_LOAD_FAR(t, from, bytes)  the same past the first cache
 *     AMX_STORE(t, to, bytes)
 *     AMX_DOT(c, a, b)          tile c += a · b: TDPBF16PS
 *
 * Numbers of tiles are constants in the instructions.  C is 2 × 2 tiles, 0 to 3; A are
 * 4 and 5, one below the other; B are 6 and 7, side by side. */

AMX_TARGET static void AMX(begin)(void) { AMX_CONFIGURE(&amx_eight); }

AMX_TARGET static void AMX(end)(void) { AMX_RELEASE(); }

/* Of C (32,32) all four tiles; NULL: zeros. */
AMX_TARGET static inline void AMX(open)(const float *c, int64_t ld) {
    const float *below = c + AMX_ROWS * ld;
    if (c == NULL) {
        AMX_ZERO(0);
        AMX_ZERO(1);
        AMX_ZERO(2);
        AMX_ZERO(3);
        return;
    }
    AMX_LOAD(0, c, 4 * ld);
    AMX_LOAD(1, c + AMX_ROWS, 4 * ld);
    AMX_LOAD(2, below, 4 * ld);
    AMX_LOAD(3, below + AMX_ROWS, 4 * ld);
}

AMX_TARGET static inline void AMX(close)(float *c, int64_t ld) {
    float *below = c + AMX_ROWS * ld;
    AMX_STORE(0, c, 4 * ld);
    AMX_STORE(1, c + AMX_ROWS, 4 * ld);
    AMX_STORE(2, below, 4 * ld);
    AMX_STORE(3, below + AMX_ROWS, 4 * ld);
}

/* To (32,32) = from + A (32,k) · panel (k,32), k in words, a multiple of 16.  A step
 * has 2 KiB of the panel, which meets many rows and stays in the first cache, if they
 * do not go there. */
AMX_TARGET static void AMX(whole)(int64_t k, const float *a, int64_t lda,
                                  const float *panel, const float *next, int64_t lines,
                                  const float *from, int64_t from_ld, float *to,
                                  int64_t to_ld) {
    int64_t a_bytes = 4 * lda, b_bytes = 4 * WIDTH;
    __asm__ volatile("" ::: "memory"); /* what is loaded has been written */
    AMX(open)(from, from_ld);
    for (int64_t p = 0; p < k; p += AMX_WORDS) {
        for (int64_t i = 0; i < lines; i++)
            __builtin_prefetch(next + p * WIDTH + i * AMX_WORDS, 0, 2);
        AMX_LOAD(6, panel + p * WIDTH, b_bytes);
        AMX_LOAD_FAR(4, a + p, a_bytes);
        AMX_LOAD(7, panel + p * WIDTH + AMX_ROWS, b_bytes);
        AMX_DOT(0, 4, 6);
        AMX_DOT(1, 4, 7);
        AMX_LOAD_FAR(5, a + AMX_ROWS * lda + p, a_bytes);
        AMX_DOT(2, 5, 6);
        AMX_DOT(3, 5, 7);
    }
    AMX(close)(to, to_ld);
}

/* What is no whole tile goes by way of one, so that sums are made in the same order. */
static void AMX(multiply)(int64_t rows, int64_t columns, int64_t k, const float *a,
                          int64_t lda, bool by_columns, const float *panel, bool add,
                          float *c, int64_t ldc) {
    (void)by_columns; /* A is taken to words, row by row */
    if (rows == WIDTH && columns == WIDTH) {
        AMX(whole)(k, a, lda, panel, NULL, 0, add ? c : NULL, ldc, c, ldc);
        return;
    }
    float whole[WIDTH * WIDTH] = {0};
    for (int64_t i = 0; add && i < rows; i++)
        memcpy(whole + i * WIDTH, c + i * ldc, (size_t)columns * sizeof *c);
    AMX(whole)(k, a, lda, panel, NULL, 0, whole, WIDTH, whole, WIDTH);
    for (int64_t i = 0; i < rows; i++)
        memcpy(c + i * ldc, whole + i * WIDTH, (size_t)columns * sizeof *c);
}

static const struct tile_set AMX(set) = {.name = AMX_NAME,
                                         .rows = WIDTH,
                                         .columns = WIDTH,
                                         .multiply = AMX(multiply),
                                         .unit = AMX_WORDS,
                                         .part = AMX_PART,
                                         .multiply_whole = AMX(whole),
                                         .begin = AMX(begin),
                                         .end = AMX(end)};

#undef AMX
#undef AMX_NAME
#undef AMX_TARGET
#undef AMX_CONFIGURE
#undef AMX_RELEASE
#undef AMX_ZERO
#undef AMX_LOAD
#undef AMX_LOAD_FAR
#undef AMX_STORE
#undef AMX_DOT
