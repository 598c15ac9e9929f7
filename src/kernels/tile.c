/* SPDX-License-Identifier: Apache-2.0 */
/* The tile for AVX-512 (12 × 32) and for AVX2 (6 × 16).  What is written once for both
 * is in tile_body.h and tile_panels.h. */
#include "src/kernels/tile.h"

#include <stddef.h>
#include <string.h>

#include "src/base/dispatch.h"
#include "src/kernels/turn.h"

#if defined(__x86_64__)
/* How many k ahead of their use columns of A, panels and rows of B are asked for. */
enum { TILE_AHEAD = 24 };

/* ---- AVX-512 ---- */

#define TILE(name) tile_avx512_##name
#define TILE_NAME "AVX-512 tiles of 12 x 32"
#define TILE_TARGET DISPATCH_AVX512
#define TILE_LANES 16
#define TILE_TURN turn_avx512
#define TILE_ROWS 12
#define TILE_EACH_ROWS(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12)
#define TILE_STEP(sum, b, a) ((sum) + (b) * (a))
#define TILE_PACKED .pack = TILE(pack)
#include "src/kernels/tile_panels.h"
#include "src/kernels/tile_body.h"

/* ---- AVX2 ---- */

#define TILE(name) tile_avx2_##name
#define TILE_NAME "AVX2 tiles of 6 x 16"
#define TILE_TARGET DISPATCH_AVX2
#define TILE_LANES 8
#define TILE_TURN turn_avx2
#define TILE_ROWS 6
#define TILE_EACH_ROWS(X) X(1) X(2) X(3) X(4) X(5) X(6)
#define TILE_STEP(sum, b, a) ((sum) + (b) * (a))
#define TILE_PACKED .pack = TILE(pack)
#include "src/kernels/tile_panels.h"
#include "src/kernels/tile_body.h"
#endif

const struct tile_set *tile_choose(void) {
    switch (dispatch_isa()) {
#if defined(__x86_64__)
    case ISA_AVX512: return &tile_avx512_set;
    case ISA_AVX2: return &tile_avx2_set;
#endif
    default: return NULL;
    }
}
