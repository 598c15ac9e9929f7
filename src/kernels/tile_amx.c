/* SPDX-License-Identifier: Apache-2.0 */
/* Tiles by AMX, and the same in plain C: see tile_pairs.h.  What is computed is in
 * amx_body.h; here are its seven operations, twice.  In plain C they do what the manual
 * says, and die where the processor would fault: so that a machine without AMX can tell
 * whether the kernel is right. */
#include <string.h>

#include "src/base/die.h"
#include "src/base/dispatch.h"
#include "src/kernels/tile_pairs.h"
#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

/* Of palette 1: tiles of at most 16 rows of 64 bytes, which are 16 words. */
enum { AMX_TILES = 8, AMX_ROWS = 16, AMX_ROW_BYTES = 64, AMX_WORDS = 16 };
/* Of C, rows and columns that are made at once. */
enum { WIDTH = 2 * AMX_ROWS };
/* Words of k: 32 KiB of a panel. */
enum { AMX_PART = 256 };

/* As LDTILECFG reads it. */
struct amx_config {
    uint8_t palette, start_row, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
};
_Static_assert(sizeof(struct amx_config) == 64, "the operand of LDTILECFG");

/* All tiles, whole.  A constant in memory: gcc before 12.4 and 13.3 believes that
 * _tile_loadconfig reads 8 bytes of it, and drops what was stored in the others. */
static const struct amx_config amx_eight = {
    .palette = 1,
    .row_bytes = {AMX_ROW_BYTES, AMX_ROW_BYTES, AMX_ROW_BYTES, AMX_ROW_BYTES,
                  AMX_ROW_BYTES, AMX_ROW_BYTES, AMX_ROW_BYTES, AMX_ROW_BYTES},
    .rows = {AMX_ROWS, AMX_ROWS, AMX_ROWS, AMX_ROWS, AMX_ROWS, AMX_ROWS, AMX_ROWS,
             AMX_ROWS}};

/* ---- in plain C ---- */

/* The state of a thread.  A tile's rows are zero beyond what is configured. */
static _Thread_local struct {
    struct amx_config config; /* palette 0: none, and any use is a fault */
    uint32_t tiles[AMX_TILES][AMX_ROWS][AMX_WORDS];
} amx;

/* #GP: what a palette does not have. */
static void plain_configure(const struct amx_config *config) {
    static const uint8_t none[14];
    CHECK(config->palette == 1 && config->start_row == 0);
    CHECK(memcmp(config->reserved, none, sizeof none) == 0);
    for (int t = 0; t < 16; t++) {
        CHECK(config->rows[t] <= (t < AMX_TILES ? AMX_ROWS : 0));
        CHECK(config->row_bytes[t] <= (t < AMX_TILES ? AMX_ROW_BYTES : 0));
        CHECK((config->rows[t] == 0) == (config->row_bytes[t] == 0));
    }
    amx.config = *config;
    memset(amx.tiles, 0, sizeof amx.tiles);
}

static void plain_release(void) { memset(&amx, 0, sizeof amx); }

/* #UD: a tile that is not configured. */
static int rows_of(int t) {
    CHECK(amx.config.palette == 1 && t < AMX_TILES && amx.config.rows[t] > 0);
    return amx.config.rows[t];
}

static void plain_zero(int t) {
    CHECK(rows_of(t) > 0);
    memset(amx.tiles[t], 0, sizeof amx.tiles[t]);
}

static void plain_load(int t, const float *from, int64_t bytes) {
    int rows = rows_of(t);
    memset(amx.tiles[t], 0, sizeof amx.tiles[t]);
    for (int i = 0; i < rows; i++)
        memcpy(amx.tiles[t][i], (const char *)from + i * bytes,
               amx.config.row_bytes[t]);
}

static void plain_store(int t, float *to, int64_t bytes) {
    for (int i = 0; i < rows_of(t); i++)
        memcpy((char *)to + i * bytes, amx.tiles[t][i], amx.config.row_bytes[t]);
}

/* Denormal numbers are zeros, on the way in and on the way out. */
static float number_of(uint32_t bits) {
    float x;
    bits &= (bits & 0x7f800000u) == 0 ? 0x80000000u : 0xffffffffu;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static float flushed(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return number_of(bits);
}

/* Row i of C: of all pairs the earlier ones are one sum, the later ones another. */
static void dot_row(int c, int a, int b, int i, int pairs, int columns) {
    for (int n = 0; n < columns; n++) {
        float earlier = 0, later = 0, sum;
        for (int p = 0; p < pairs; p++) {
            uint32_t x = amx.tiles[a][i][p], y = amx.tiles[b][p][n];
            earlier = flushed(earlier + number_of(x << 16) * number_of(y << 16));
            later = flushed(later +
                            number_of(x & 0xffff0000u) * number_of(y & 0xffff0000u));
        }
        sum = flushed(number_of(amx.tiles[c][i][n]) + flushed(earlier + later));
        memcpy(&amx.tiles[c][i][n], &sum, sizeof sum);
    }
}

/* #UD: tiles that are no three, or whose sizes do not fit. */
static void plain_dot(int c, int a, int b) {
    int rows = rows_of(c), pairs = amx.config.row_bytes[a] / 4;
    int columns = amx.config.row_bytes[c] / 4;
    CHECK(c != a && c != b && a != b);
    CHECK(rows_of(a) == rows && rows_of(b) == pairs);
    CHECK(amx.config.row_bytes[b] == amx.config.row_bytes[c]);
    for (int i = 0; i < rows; i++)
        dot_row(c, a, b, i, pairs, columns);
}

#define AMX(name) amx_plain_##name
#define AMX_NAME "plain AMX bf16 tiles of 32 x 32"
#define AMX_TARGET
#define AMX_CONFIGURE(config) plain_configure(config)
#define AMX_RELEASE() plain_release()
#define AMX_ZERO(t) plain_zero(t)
#define AMX_LOAD(t, from, bytes) plain_load(t, from, bytes)
#define AMX_LOAD_FAR(t, from, bytes) plain_load(t, from, bytes)
#define AMX_STORE(t, to, bytes) plain_store(t, to, bytes)
#define AMX_DOT(c, a, b) plain_dot(c, a, b)
#include "src/kernels/amx_body.h"

const struct tile_set *tile_amx_plain(void) { return &amx_plain_set; }

/* ---- by the processor ---- */

#if defined(__x86_64__)
#define AMX(name) amx_##name
#define AMX_NAME "AMX bf16 tiles of 32 x 32"
#define AMX_TARGET __attribute__((target("amx-tile,amx-bf16")))
#define AMX_CONFIGURE(config) _tile_loadconfig(config)
#define AMX_RELEASE() _tile_release()
#define AMX_ZERO(t) _tile_zero(t)
#define AMX_LOAD(t, from, bytes) _tile_loadd(t, from, bytes)
#define AMX_LOAD_FAR(t, from, bytes) _tile_stream_loadd(t, from, bytes)
#define AMX_STORE(t, to, bytes) _tile_stored(t, to, bytes)
#define AMX_DOT(c, a, b) _tile_dpbf16ps(c, a, b)
#include "src/kernels/amx_body.h"

/* Tiles are kilobytes of a thread's state, which Linux gives to who asks for them. */
static bool amx_permitted(void) {
    enum { REQUEST = 0x1023, TILE_DATA = 18 }; /* ARCH_REQ_XCOMP_PERM */
    return syscall(SYS_arch_prctl, REQUEST, TILE_DATA) == 0;
}

static bool amx_is_there(void) {
    enum { LEAF = 7, BF16 = 1 << 22, TILES = 1 << 24 };
    unsigned a, b, c, d;
    return dispatch_isa() == ISA_AVX512 && __get_cpuid_count(LEAF, 0, &a, &b, &c, &d) &&
           (d & BF16) && (d & TILES);
}

const struct tile_set *tile_amx(void) {
    return amx_is_there() && amx_permitted() ? &amx_set : NULL;
}

bool tile_amx_is_forbidden(void) { return amx_is_there() && !amx_permitted(); }
#else
const struct tile_set *tile_amx(void) { return NULL; }
bool tile_amx_is_forbidden(void) { return false; }
#endif
