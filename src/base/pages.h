/* SPDX-License-Identifier: Apache-2.0 */
/* Large pages, of which one entry of the processor's tables is for 2 MiB.  With small
 * ones what passes gigabytes of weights and gradients waits for these tables: a step of
 * BERT-base in bf16 for a seventh of its time. */
#ifndef MPIBERT_BASE_PAGES_H
#define MPIBERT_BASE_PAGES_H

#include <stddef.h>

enum { PAGES_LARGE = 2 << 20 };

/* The next multiple of a large page. */
size_t pages_round(size_t bytes);
/* Maps `bytes` at a multiple of a large page: memory of this process alone (file < 0),
 * or a file that others map too.  Nothing is touched.  NULL: the system refuses. */
void *pages_map(size_t bytes, int file);
void pages_unmap(void *pages, size_t bytes);

#endif
