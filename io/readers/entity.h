/* SPDX-License-Identifier: Apache-2.0 */
/* Character references of SGML's children: &#8212; &#x2014; &mdash;. */
#ifndef MPIBERT_IO_READERS_ENTITY_H
#define MPIBERT_IO_READERS_ENTITY_H

#include <stddef.h>
#include <stdint.h>

#include "src/base/str.h"

/* The code point of the numeric reference that `text` begins with after its &
 * ("#65;…", "#x41;…"), and in *size how many bytes it takes there, the semicolon
 * included; 0 if it begins with none, or with one of no character (0, surrogates,
 * beyond U+10FFFF). */
uint32_t entity_numeric(struct slice text, size_t *size);
/* The same of one of the 252 names of HTML 4 ("mdash;…"). */
uint32_t entity_named(struct slice text, size_t *size);
/* Appends the text with its numeric references and XML's five names resolved once; what
 * is none stays as it is. */
void entity_unescape(struct str *out, struct slice text);

#endif
