/* SPDX-License-Identifier: Apache-2.0 */
/* Small letters by the tokenizer's table: see fold.h. */
#include "src/text/fold.h"

#include <string.h>

#include "src/base/utf8.h"
#include "src/text/unicode.h"

struct slice fold_word(struct slice word, char out[FOLD_MAX]) {
    const char *p = word.data, *end = p + word.size;
    size_t size = 0;
    while (p < end) {
        uint32_t scalar;
        char bytes[4];
        int length = utf8_decode(p, end, &scalar), written = 1;
        if (length > 0)
            written = utf8_encode(scalar + (uint32_t)unicode_of(scalar)->lower, bytes);
        else
            bytes[0] = *p;
        if (size + (size_t)written > FOLD_MAX)
            return (struct slice){out, 0};
        memcpy(out + size, bytes, (size_t)written);
        size += (size_t)written;
        p += length > 0 ? length : 1;
    }
    return (struct slice){out, size};
}
