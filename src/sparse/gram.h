/* SPDX-License-Identifier: Apache-2.0 */
/* Products of atoms with each other. */
#ifndef MPIBERT_SPARSE_GRAM_H
#define MPIBERT_SPARSE_GRAM_H

#include <stdint.h>

/* gram (K,K) = the products of atoms (K,d): symmetric to the bit.  By all threads, from
 * outside of a parallel region; the bits do not depend on how many they are. */
void gram_make(int64_t K, int64_t d, const float *atoms, float *gram);
/* Row and column k of it anew, of an atom that changed. */
void gram_renew(int64_t K, int64_t d, const float *atoms, int64_t k, float *gram);

#endif
