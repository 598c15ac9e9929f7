/* SPDX-License-Identifier: Apache-2.0 */
/* How far two names are apart, for "did you mean". */
#ifndef MPIBERT_CORE_NEAREST_H
#define MPIBERT_CORE_NEAREST_H

/* Optimal string alignment distance (insert, delete, replace, swap neighbours); names
 * over 63 bytes count as 1000 apart. */
int nearest_distance(const char *a, const char *b);

#endif
