/* SPDX-License-Identifier: Apache-2.0 */
/* Marked words: see marks.h.  Characters are counted as Python counts them; a byte that
 * is no UTF-8 is one. */
#include "src/task/marks.h"

#include <stdlib.h>

#include "src/base/utf8.h"

/* Where character n begins, or the text ends; -1: it has fewer. */
static int64_t byte_of(struct slice text, int64_t n) {
    const char *p = text.data, *end = text.data + text.size;
    uint32_t unused;
    for (; n > 0 && p < end; n--)
        p += abs(utf8_decode(p, end, &unused));
    return n == 0 ? p - text.data : -1;
}

int marks_put(struct slice text, int64_t begin, int64_t end, struct str *out) {
    int64_t from = begin < 0 ? -1 : byte_of(text, begin);
    int64_t to = end <= begin ? -1 : byte_of(text, end);
    if (from < 0 || to < 0)
        return -1;
    str_append(out, text.data, (size_t)from);
    str_append_char(out, '"');
    str_append(out, text.data + from, (size_t)(to - from));
    str_append_char(out, '"');
    str_append(out, text.data + to, text.size - (size_t)to);
    return 0;
}
