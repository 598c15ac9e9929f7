/* SPDX-License-Identifier: Apache-2.0 */
/* How far two names are apart, for "did you mean". */
#ifndef MPIBERT_CORE_NEAREST_H
#define MPIBERT_CORE_NEAREST_H

/* Optimal string alignment distance (insert, delete, replace, swap neighbours).  Of a
 * longer name its first 63 bytes count, so that every name has a nearest. */
int nearest_distance(const char *a, const char *b);

#endif
