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

int marks_find(struct slice text, int64_t begin, int64_t end, size_t *from,
               size_t *to) {
    int64_t first = begin < 0 ? -1 : byte_of(text, begin);
    int64_t last = end <= begin ? -1 : byte_of(text, end);
    *from = (size_t)first;
    *to = (size_t)last;
    return first < 0 || last < 0 ? -1 : 0;
}

int marks_put(struct slice text, int64_t begin, int64_t end, struct str *out) {
    size_t from, to;
    if (marks_find(text, begin, end, &from, &to) < 0)
        return -1;
    str_append(out, text.data, from);
    str_append_char(out, '"');
    str_append(out, text.data + from, to - from);
    str_append_char(out, '"');
    str_append(out, text.data + to, text.size - to);
    return 0;
}
