/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: rows of normalised text and the words it must fall into, joined by '|'. */
#include "src/text/pretokenize.h"

#include "tests/tap.h"

static const struct {
    const char *text, *want;
} rows[] = {
    {"", ""},
    {" \t\n\u3000", ""},
    {"hello", "hello"},
    {"  hello  world ", "hello|world"},
    {"a\n'll !!to?'d of, can't.", "a|'|ll|!|!|to|?|'|d|of|,|can|'|t|."},
    {"$1,000.50", "$|1|,|000|.|50"},
    {"c++ #x", "c|+|+|#|x"},
    {"##ing", "#|#|ing"},
    {"[SEP]", "[|SEP|]"},
    {"a\u00A0b\u2028c\xC2\x85"
     "d\x0B"
     "e",
     "a|b|c|d|e"},
    {"a\x1C"
     "b",
     "a\x1C"
     "b"}, /* not White_Space */
    {"“né”…", "“|né|”|…"},
    {"a\u166D\U000111C9b", "a|\u166D|\U000111C9|b"}, /* punctuation in Unicode 8.0 */
    {"a\u2E43b", "a\u2E43b"},                        /* not yet in 8.0 */
    {"€5 ₹", "€5|₹"},                                /* currency is no punctuation */
};

int main(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct slice rest = slice_of(rows[i].text), word;
        struct str got = {0};
        str_append(&got, "", 0);
        while (pretokenize_next(&rest, &word)) {
            if (got.size > 0)
                str_append_char(&got, '|');
            str_append(&got, word.data, word.size);
        }
        is_str(got.data, rows[i].want, "row %zu", i);
        str_fini(&got);
    }
    return tap_done();
}
