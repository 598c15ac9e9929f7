/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a tar, bzip2, lzma and skippable frames must be known by their first bytes,
 * and text never be taken for them; the dictionaries of xz and lzma must be read out of
 * any header; and whatever the bytes are, nothing after their end is looked at (they
 * are copied to where valgrind or asan would see it). */
#include "io/packing.h"

#include <stdlib.h>

#include "tests/unit/io/fixture.h"

/* Asks everything of an exact copy. */
static void ask_all(struct slice head) {
    char *copy = malloc(head.size + 1);
    CHECK(copy != NULL);
    memmove(copy + 1, head.data, head.size);
    struct slice exact = {copy + 1, head.size};
    packing_is_tar(exact);
    packing_is_bzip2(exact);
    packing_is_lzma(exact);
    packing_skips(exact);
    packing_window_bytes(exact);
    free(copy);
}

static void test_filters(void) {
    static const struct {
        const char *filter;
        bool (*is)(struct slice head);
    } rows[] = {{"bzip2", packing_is_bzip2}, {"lzma", packing_is_lzma}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str packed = fixture_pack_one(rows[i].filter, slice_of("some text\n"));
        ok(rows[i].is(str_slice(&packed)), "%s is what it is", rows[i].filter);
        ok(!packing_is_tar(str_slice(&packed)), "%s is no tar", rows[i].filter);
        for (size_t size = 0; size <= packed.size; size++)
            ask_all((struct slice){packed.data, size});
        packed.data[packing_is_lzma(str_slice(&packed)) ? 13 : 5] ^= 1;
        ok(!rows[i].is(str_slice(&packed)), "%s with another beginning is not",
           rows[i].filter);
        str_fini(&packed);
    }
    ok(!packing_is_bzip2(slice_of("BZh is how it begins")), "text is no bzip2");
    ok(!packing_is_lzma(slice_of("] text, of more than 13 bytes")), "text is no lzma");
}

static void test_skippable(void) {
    static const struct {
        const char *what;
        struct slice head;
        uint64_t bytes;
    } rows[] = {
        {"one of 4 bytes", {"\x50\x2a\x4d\x18\4\0\0\0abcd", 12}, 12},
        {"the last of its marks", {"\x5f\x2a\x4d\x18\0\0\0\0", 8}, 8},
        {"one of 4 GiB", {"\x50\x2a\x4d\x18\xff\xff\xff\xff", 8}, 0x100000007},
        {"another mark", {"\x60\x2a\x4d\x18\4\0\0\0abcd", 12}, 0},
        {"a size that is cut", {"\x50\x2a\x4d\x18\4\0\0", 7}, 0},
        {"nothing", {"", 0}, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        is_int((int64_t)packing_skips(rows[i].head), (int64_t)rows[i].bytes,
               "a skippable frame: %s", rows[i].what);
        ask_all(rows[i].head);
    }
}

static void test_windows(void) {
    static const struct {
        const char *what;
        struct slice head;
        uint64_t bytes;
    } rows[] = {
        {"LZMA2 of 8 MiB", {"\xfd\x37zXZ\0\0\4\0\0\0\0\2\0\x21\1\x16", 17}, 8 << 20},
        {"LZMA2 of 1.5 GiB", {"\xfd\x37zXZ\0\0\4\0\0\0\0\2\0\x21\1\x25", 17}, 3u << 29},
        {"sizes in front",
         {"\xfd\x37zXZ\0\0\4\0\0\0\0\3\xc0\x80\1\5\x21\1\x16", 20},
         8 << 20},
        {"a filter in front",
         {"\xfd\x37zXZ\0\0\4\0\0\0\0\2\1\4\0\x21\1\x16", 19},
         8 << 20},
        {"no LZMA2", {"\xfd\x37zXZ\0\0\4\0\0\0\0\2\0\4\0", 16}, 0},
        {"cut", {"\xfd\x37zXZ\0\0\4\0\0\0\0\2\0\x21\1", 16}, 0},
        {"an endless number",
         {"\xfd\x37zXZ\0\0\4\0\0\0\0\2\xff\xff\xff\xff\xff\xff", 20},
         0},
        {"lzma of 8 MiB",
         {"]\0\0\x80\0\xff\xff\xff\xff\xff\xff\xff\xff\0", 14},
         8 << 20},
        {"lzma of 1.5 GiB",
         {"]\0\0\0\x60\xff\xff\xff\xff\xff\xff\xff\xff\0", 14},
         3u << 29},
        {"no xz", {"some text that is long enough", 29}, 0},
        {"nothing", {"", 0}, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        is_int((int64_t)packing_window_bytes(rows[i].head), (int64_t)rows[i].bytes,
               "xz: %s", rows[i].what);
        ask_all(rows[i].head);
    }
    struct str packed = fixture_pack_one("xz", slice_of("some text\n"));
    is_int((int64_t)packing_window_bytes(str_slice(&packed)), 8 << 20,
           "xz: what libarchive writes");
    str_fini(&packed);
}

static void test_tars(void) {
    static const struct {
        const char *name;
        bool is;
    } names[] = {{"a.tar", true}, {"a.tar.gz", true}, {"b/a.tgz", true},
                 {"a.tlz", true}, {"a.txt", false},   {".tar", false},
                 {"tar", false},  {"a.tar/b", false}, {"a.tar.gz.txt", false}};
    const struct packed_member members[] = {{"x", {"text\n", 5}}, {0}};
    struct str tar = fixture_pack("ustar", "none", members);
    ok(packing_is_tar(str_slice(&tar)), "a tar is one");
    for (size_t size = 0; size <= PACKING_LOOK_BYTES; size += 7)
        ask_all((struct slice){tar.data, size});
    tar.data[0] ^= 1;
    ok(!packing_is_tar(str_slice(&tar)), "with a wrong sum it is none");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        ok(packing_names_tar(names[i].name) == names[i].is, "%s", names[i].name);
    str_fini(&tar);
}

int main(void) {
    test_filters();
    test_skippable();
    test_windows();
    test_tars();
    return tap_done();
}
