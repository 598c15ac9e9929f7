/* SPDX-License-Identifier: Apache-2.0 */
/* What a benchmark says of several values: machines change speed, the middle least. */
#ifndef MPIBERT_BENCH_MEDIAN_H
#define MPIBERT_BENCH_MEDIAN_H

/* The middle of n values, or the mean of the two in the middle; sorts them. */
double bench_median(double *values, int n);

#endif
