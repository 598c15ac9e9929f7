/* SPDX-License-Identifier: Apache-2.0 */
/* Raw text into spans: the smallest pieces whose ids depend on nothing but their own
 * bytes.  A span is an ASCII punctuation character, a wider character that is a word
 * (or a space) by itself, or the longest run of other bytes between these and white
 * space. What is inside a span may still be several words, or none. */
#ifndef MPIBERT_TEXT_SPANS_H
#define MPIBERT_TEXT_SPANS_H

#include <stddef.h>
#include <stdint.h>

#include "src/text/bytes64.h"

enum { SPANS_PADDING = 64 };

struct spans {
    struct bytes64_classes classes;
    uint64_t alone[0x10000 / 64]; /* a bit a character of the basic plane */
    /* what was cut last */
    char *bytes; /* with ASCII lower-cased if the normaliser lower-cases, and after it
                    SPANS_PADDING bytes that may be read */
    uint32_t *start, *end; /* (count) of its spans, in bytes[] */
    size_t count;
    /* scratch */
    struct bytes64 *blocks;
    uint64_t *starts, *ends; /* bits of the places */
    size_t capacity;         /* in blocks */
};

void spans_init(struct spans *spans, const struct normalizer *normalizer);
/* Cuts what a text (not empty) begins with, some 170 words of English, in place of what
 * was cut before.  Returns how many bytes that was: the text after them is cut next.
 */
size_t spans_cut(struct spans *spans, struct slice text);
void spans_fini(struct spans *spans);

#endif
