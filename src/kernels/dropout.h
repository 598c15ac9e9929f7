/* SPDX-License-Identifier: Apache-2.0 */
/* Dropout whose every decision is a pure function of who and where, so that neither
 * ranks, threads nor the order of work change it.  Eight decisions come from one Philox
 * block, 16 bits each; the rate is rounded to 1/65536 and the scale follows the rounded
 * rate. */
#ifndef MPIBERT_KERNELS_DROPOUT_H
#define MPIBERT_KERNELS_DROPOUT_H

#include "src/kernels/matrix.h"

/* The key of one sequence at one place of the network.  Counter of the Philox block for
 * elements 8c … 8c+7 of row r:  { c, r, number low 32, site << 16 | number high 16 };
 * key: { seed low 32 ^ lane · 0x9E3779B9, seed high 32 ^ RNG_DROPOUT << 24 }.  Element
 * 8c+j takes bits 16 (j & 1) … of word j / 2 and is dropped when they are < threshold.
 */
struct dropout_key {
    uint64_t seed;
    uint32_t lane;
    uint64_t number; /* of the example, < 2^48 */
    uint32_t site;   /* < 2^16: layer and place, see model/bert.c */
};

/* round(rate · 65536), and 65536 / (65536 - threshold). */
uint32_t dropout_threshold(double rate);
float dropout_scale(uint32_t threshold);

/* The decisions of rows (rows, n): row i is row first_row + i of the key.  keep (rows,
 * (n + 7) / 8) gets a bit an element, bit j & 7 of byte j / 8; threshold 0 keeps all.
 * The bits of a row's last byte beyond n are 0. */
void dropout_draw(int64_t rows, int64_t n, const struct dropout_key *key,
                  uint32_t first_row, uint32_t threshold, uint8_t *keep);
/* y = keep ? x · scale : 0, (rows, n); forward and, on gradients, backward.  x is in
 * single precision, and y may be x. */
void dropout_apply(int64_t rows, int64_t n, uint32_t threshold, const uint8_t *keep,
                   struct matrix x, struct matrix y);

#endif
