/* SPDX-License-Identifier: Apache-2.0 */
/* Character entities of SGML's children: &#8212; &#x2014; &mdash;. */
#ifndef MPIBERT_IO_READERS_ENTITY_H
#define MPIBERT_IO_READERS_ENTITY_H

#include <stdint.h>

#include "src/base/str.h"

/* The code point of the entity that `text` begins with behind its &, and in *size how
 * many bytes it takes there, the semicolon included; 0 if it is none.  Numeric: a
 * scalar value. */
uint32_t entity_numeric(struct slice text, size_t *size);
/* One of the 252 names of HTML 4. */
uint32_t entity_named(struct slice text, size_t *size);

#endif
