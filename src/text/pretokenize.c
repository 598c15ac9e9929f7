/* SPDX-License-Identifier: Apache-2.0 */
/* Words: see pretokenize.h.  It runs after normalisation, which makes punctuation and
 * even ASCII out of other characters (U+037E becomes ';', U+2260 '=' and a mark). */
#include "src/text/pretokenize.h"

#include <stdint.h>

#include "src/base/utf8.h"
#include "src/text/unicode.h"

enum { BREAKS = UNICODE_SPACE | UNICODE_PUNCTUATION };

/* The flags of the character at p, and its length in bytes. */
static inline uint8_t flags_at(const char *p, const char *end, int *size) {
    uint32_t scalar = (unsigned char)*p;
    if (scalar < 0x80) {
        *size = 1;
        return unicode_ascii[scalar];
    }
    *size = utf8_decode(p, end, &scalar);
    return unicode_of(scalar)->flags;
}

bool pretokenize_next(struct slice *rest, struct slice *word) {
    if (rest->size == 0)
        return false;
    const char *p = rest->data, *end = p + rest->size;
    uint8_t flags = UNICODE_SPACE;
    int size = 0;
    for (; p < end && (flags = flags_at(p, end, &size)) & UNICODE_SPACE; p += size)
        continue;
    if (p == end)
        return false;
    const char *start = p;
    p += size;
    if (!(flags & UNICODE_PUNCTUATION))
        for (; p < end && !(flags_at(p, end, &size) & BREAKS); p += size)
            continue;
    *word = (struct slice){start, (size_t)(p - start)};
    *rest = (struct slice){p, (size_t)(end - p)};
    return true;
}
