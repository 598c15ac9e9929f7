/* SPDX-License-Identifier: Apache-2.0 */
/* What this processor can do at most, measured: the yardstick of training's speed. */
#ifndef MPIBERT_KERNELS_PEAK_H
#define MPIBERT_KERNELS_PEAK_H

#include <stdint.h>

#include "src/kernels/tile.h"

/* 10^9 float operations a second of this one thread, from fused multiply-adds on
 * registers alone (a multiply-add is two), with the widest vectors there are.  Takes
 * about `seconds`; the best of several short runs. */
double peak_fma_gflops(double seconds);
/* The same of products of bf16, by a whole tile that reads what it needs from the first
 * cache. */
double peak_tile_gflops(const struct tile_set *set, double seconds);
/* 10^9 bytes a second of a = b + s · c by all of OpenMP's threads over three arrays of
 * `bytes` together (STREAM's triad: three arrays' bytes count a pass).  The best pass
 * of about `seconds`.  To measure memory, take several times the last cache. */
double peak_triad_gbytes(int64_t bytes, double seconds);

#endif
