/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 by the well-formedness table of the Unicode standard (table 3-7). */
#ifndef MPIBERT_BASE_UTF8_H
#define MPIBERT_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Decodes one scalar value at [p, end), p < end.  Returns its length in bytes and
 * *scalar; or, where the bytes are ill-formed, minus the bytes to drop (the longest
 * valid prefix of a sequence, at least 1). */
int utf8_decode(const char *p, const char *end, uint32_t *scalar);
/* Writes one scalar value, returns its length (1 to 4). */
int utf8_encode(uint32_t scalar, char out[4]);
/* How many bytes of the text are ill-formed. */
size_t utf8_ill_formed(const char *text, size_t size);

#endif
