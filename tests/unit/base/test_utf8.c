/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: every scalar value must survive encoding and decoding; ill-formed bytes must
 * be dropped as table 3-7 of the Unicode standard says; a well-formed text cut at any
 * byte must lose the cut character and nothing else. */
#include "src/base/utf8.h"

#include <string.h>

#include "tests/tap.h"

static void test_round_trip(void) {
    int wrong = 0, wrong_size = 0;
    for (uint32_t c = 0; c < 0x110000; c++) {
        if (c == 0xD800)
            c = 0xE000;
        char bytes[4];
        uint32_t back = 0;
        int size = utf8_encode(c, bytes);
        wrong += utf8_decode(bytes, bytes + size, &back) != size || back != c;
        wrong_size += size != 1 + (c > 0x7F) + (c > 0x7FF) + (c > 0xFFFF);
    }
    is_int(wrong, 0, "every scalar value comes back");
    is_int(wrong_size, 0, "in the shortest form");
}

/* What is left of bytes, a '.' in place of each drop. */
static const struct {
    const char *bytes, *want;
    int bad;
} rows[] = {
    {"", "", 0},
    {"a\xC3\xA9z", "a\xC3\xA9z", 0},
    {"\xF4\x8F\xBF\xBF", "\xF4\x8F\xBF\xBF", 0},
    {"\xC3(", ".(", 1},
    {"\xE2\x82\x41", ".A", 2},
    {"\xED\xA0\x80", "...", 3},
    {"\xF0\x80\x80\x80", "....", 4},
    {"\xC0\xAF", "..", 2},
    {"\xC1\xBF", "..", 2},
    {"\xE0\x9F\xBF", "...", 3},
    {"\xF4\x90\x80\x80", "....", 4},
    {"\xF5\x80", "..", 2},
    {"\xFF\xFE"
     "a",
     "..a", 2},
    {"\x80\xBF", "..", 2},
    {"\xF1\x80\x80\xE1\x80\xC2", "...", 6},
    {"a\xF0\x9F\xA4", "a.", 3},
    {"\xE1\x80\xE2\xF0\x91\x92\xF1\xBF"
     "A",
     "....A", 8},
};

static void test_ill_formed(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *p = rows[i].bytes, *end = p + strlen(p);
        char got[32] = "";
        size_t n = 0;
        while (p < end) {
            uint32_t c;
            int size = utf8_decode(p, end, &c);
            n += size > 0 ? (size_t)utf8_encode(c, got + n) : (got[n] = '.', 1);
            p += size > 0 ? size : -size;
        }
        got[n] = '\0';
        is_str(got, rows[i].want, "row %zu: what is left", i);
        is_int((int64_t)utf8_ill_formed(rows[i].bytes, strlen(rows[i].bytes)),
               rows[i].bad, "row %zu: bytes dropped", i);
    }
}

static void test_cuts(void) {
    const char text[] = "aé中\xF0\x9F\xA4\x94z";
    int64_t lost[] = {0, 0, 1, 0, 1, 2, 0, 1, 2, 3, 0, 0};
    for (size_t n = 0; n < sizeof text; n++)
        is_int((int64_t)utf8_ill_formed(text, n), lost[n], "cut after %zu bytes", n);
}

int main(void) {
    test_round_trip();
    test_ill_formed();
    test_cuts();
    return tap_done();
}
