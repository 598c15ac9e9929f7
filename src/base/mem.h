/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that is there or ends the program: nobody checks for NULL.  The message says
 * how much was wanted and what would help. */
#ifndef MPIBERT_BASE_MEM_H
#define MPIBERT_BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>

/* What a user can do if memory ends, from now on: which options to lower.  Borrowed;
 * NULL: nothing but the general. */
void mem_advise(const char *advice);
/* The advice as it is now, a sentence without its end; never NULL. */
const char *mem_advice(void);
/* Whether the system would give a block of that size now.  (That it is there when it is
 * written to, nobody can tell.) */
bool mem_can_map(size_t bytes);
/* Returns owned, zeroed memory of count × size bytes, aligned to 64; free with
 * mem_free. */
void *mem_alloc(size_t count, size_t size);
/* The same for blocks of megabytes, in huge pages where the system has them, which
 * spares misses of the table of pages.  Nothing is touched: on a host of several NUMA
 * domains a page lies near the thread that first writes to it.  Free with mem_unmap and
 * the same size. */
void *mem_map(size_t count, size_t size);
void mem_unmap(void *block, size_t count, size_t size); /* accepts NULL */
/* Bytes in blocks of mem_map now. */
size_t mem_mapped(void);
/* As realloc: alignment of malloc only, new bytes undefined. */
void *mem_resize(void *block, size_t count, size_t size);
/* Accepts NULL. */
void mem_free(void *block);
/* Returns owned copies; free with mem_free. */
char *mem_string(const char *string);
void *mem_copy(const void *block, size_t size);

#endif
