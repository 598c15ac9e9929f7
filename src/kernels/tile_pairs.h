/* SPDX-License-Identifier: Apache-2.0 */
/* Tiles of pairs of bf16 (pairs.h), whose products are summed in single precision.
 *
 * A product of two bf16 is exact in single precision, so that the bits of a sum are a
 * matter of its order alone, which is that of the manual:
 *
 *     VDPBF16PS: sum += a₁ · b₁, then sum += a₀ · b₀, each rounded, pair by pair: the
 *     later k of a pair comes first.
 *     TDPBF16PS: of 32 k (16 pairs) the earlier ones of all pairs are one sum from 0,
 *     the later ones another; the two are added, and that to the tile.
 *
 * Both take numbers under 2⁻¹²⁶ for 0, and make 0 of such results; the plain tiles here
 * do not, and are the same bits else. */
#ifndef MPIBERT_KERNELS_TILE_PAIRS_H
#define MPIBERT_KERNELS_TILE_PAIRS_H

#include "src/kernels/tile.h"

/* By VDPBF16PS; NULL where the processor has no AVX512_BF16. */
const struct tile_set *tile_pairs_dot(void);
/* The same sums in plain C, as fast as vectors allow: on any processor. */
const struct tile_set *tile_pairs_plain(void);
/* By TDPBF16PS; NULL where there is no AMX, or the kernel does not permit it. */
const struct tile_set *tile_amx(void);
/* Whether there is AMX, and the kernel does not permit it. */
bool tile_amx_is_forbidden(void);
/* The same in plain C, operation by operation, tile configuration included: for
 * tests. */
const struct tile_set *tile_amx_plain(void);

#endif
