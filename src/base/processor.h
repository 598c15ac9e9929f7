/* SPDX-License-Identifier: Apache-2.0 */
/* Which processor this is, for reports: speeds mean nothing without it. */
#ifndef MPIBERT_BASE_PROCESSOR_H
#define MPIBERT_BASE_PROCESSOR_H

#include <stdio.h>

enum { PROCESSOR_TEXT = 128 };

/* "AMD EPYC (family 25, model 17)" into text, cut to fit; "an unknown processor" where
 * the system does not say. */
void processor_describe(char text[PROCESSOR_TEXT]);
/* The same of what the system says, in the form of Linux's /proc/cpuinfo. */
void processor_parse(FILE *file, char text[PROCESSOR_TEXT]);

#endif
