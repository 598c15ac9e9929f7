/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a str holds exactly the bytes appended, in order, with a NUL after; slices
 * compare by bytes; lines are what stands between line feeds. */
#include "src/base/str.h"

#include <string.h>

#include "tests/tap.h"

static void test_append(void) {
    struct str s = {0};
    str_append(&s, "", 0);
    is_str(s.data, "", "appending nothing makes an empty string");
    str_append(&s, "a\0b", 3);
    str_append_char(&s, 'c');
    ok(s.size == 4 && memcmp(s.data, "a\0bc", 5) == 0,
       "a NUL is a byte like any other");
    str_clear(&s);
    ok(s.size == 0 && s.data[0] == '\0' && s.capacity > 0, "clear keeps the memory");
    for (int i = 0; i < 1000; i++)
        str_printf(&s, "%d,", i % 10);
    is_int((int64_t)s.size, 2000, "grown by 1000 prints");
    ok(strncmp(s.data + 1990, "5,6,7,8,9,", 11) == 0, "and its end is right");
    char *before = s.data;
    str_reserve(&s, 5000);
    ok(s.capacity >= s.size + 5001, "reserve makes room, for the NUL too");
    before = s.data;
    for (int i = 0; i < 5000; i++)
        str_append_char(&s, 'x');
    ok(s.data == before, "and within it nothing moves");
    str_fini(&s);
    ok(s.data == NULL && s.size == 0 && s.capacity == 0, "fini leaves an empty str");
    str_clear(&s);
    ok(s.data == NULL, "clear of an empty str is fine");
    ok(str_slice(&s).size == 0, "and so is its slice");
}

static void test_slices(void) {
    static const struct {
        struct slice a, b;
        bool equal;
    } pairs[] = {
        {{"abc", 3}, {"abc", 3}, true},   {{"abc", 3}, {"abd", 3}, false},
        {{"abc", 3}, {"abcd", 4}, false}, {{"", 0}, {NULL, 0}, true},
        {{NULL, 0}, {NULL, 0}, true},     {{"a\0b", 3}, {"a\0c", 3}, false},
        {{"abcX", 3}, {"abcY", 3}, true},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        is_int(slice_equal(pairs[i].a, pairs[i].b), pairs[i].equal, "slice_equal %zu",
               i);
    ok(slice_starts(slice_of("##ing"), "##"), "starts with its beginning");
    ok(slice_starts(slice_of("##"), "##"), "starts with itself");
    ok(slice_starts(slice_of("a"), ""), "starts with nothing");
    ok(!slice_starts(slice_of("#"), "##"), "does not start with something longer");
    ok(!slice_starts(slice_of("a##"), "##"), "an end is not a start");
    static const char *const trimmed[][2] = {{"", ""},
                                             {" \t\n", ""},
                                             {"a", "a"},
                                             {" a b\r\n", "a b"},
                                             {"\x01"
                                              "é ",
                                              "é"}};
    for (size_t i = 0; i < sizeof trimmed / sizeof *trimmed; i++)
        ok(slice_equal(slice_trim(slice_of(trimmed[i][0])), slice_of(trimmed[i][1])),
           "trimmed: '%s'", trimmed[i][1]);
}

static void test_lines(void) {
    static const struct {
        const char *text;
        size_t size;
        int count;
        const char *joined; /* with | after each line */
    } rows[] = {
        {"", 0, 0, ""},
        {"a", 1, 1, "a|"},
        {"a\n", 2, 1, "a|"},
        {"a\nb", 3, 2, "a|b|"},
        {"\n", 1, 1, "|"},
        {"\n\na\n\n", 5, 4, "||a||"},
        {"a\r\nb\r\n", 6, 2, "a\r|b\r|"}, /* CR stays: only LF ends a line */
        {"a\nbcd", 2, 1, "a|"},           /* the slice ends before the bytes do */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct slice rest = {rows[i].text, rows[i].size}, line;
        struct str joined = {0};
        str_append(&joined, "", 0);
        int count = 0;
        for (; slice_line(&rest, &line); count++) {
            str_append(&joined, line.data, line.size);
            str_append_char(&joined, '|');
        }
        is_int(count, rows[i].count, "lines of row %zu", i);
        is_str(joined.data, rows[i].joined, "and what they are");
        str_fini(&joined);
    }
}

static void test_fields(void) {
    struct slice rest = slice_of("a||b"), field;
    const char *const want[] = {"a", "", "b"};
    for (int i = 0; i < 3; i++)
        ok(slice_field(&rest, '|', &field) && slice_equal(field, slice_of(want[i])),
           "field %d is '%s'", i, want[i]);
    ok(!slice_field(&rest, '|', &field), "and there are no more");
}

int main(void) {
    test_append();
    test_slices();
    test_lines();
    test_fields();
    return tap_done();
}
