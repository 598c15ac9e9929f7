/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: what libarchive packed must be known by its first bytes, and text never be
 * taken for it; xz's dictionary must be read out of any header; and whatever the bytes
 * are, nothing behind their end is looked at (they are copied to where valgrind or asan
 * would see it). */
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
    packing_is_compressed(exact);
    packing_window_bytes(exact);
    packing_foreign(exact);
    free(copy);
}

static void test_filters(void) {
    static const char *const filters[] = {"bzip2", "xz", "zstd", "lz4"};
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
        struct str packed = fixture_pack_one(filters[i], slice_of("some text\n"));
        ok(packing_is_compressed(str_slice(&packed)), "%s is compressed", filters[i]);
        ok(!packing_is_tar(str_slice(&packed)), "%s is no tar", filters[i]);
        for (size_t size = 0; size <= packed.size; size++)
            ask_all((struct slice){packed.data, size});
        str_fini(&packed);
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
    } names[] = {{"a.tar", true},    {"a.tar.gz", true},     {"b/a.tgz", true},
                 {"a.txt", false},   {".tar", false},        {"tar", false},
                 {"a.tar/b", false}, {"a.tar.gz.txt", false}};
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

static void test_foreign(void) {
    static const struct {
        struct slice head;
        const char *what;
    } rows[] = {
        {{"PK\3\4", 4}, "a zip archive"},
        {{"PAR1x", 5}, "a Parquet file"},
        {{"%PDF-1.4", 8}, "a PDF"},
        {{"\x1f\x8b\x08", 3}, "packed once more"},
        {{"\x28\xb5\x2f\xfd", 4}, "packed once more"},
        {{"PK", 2}, ""},
        {{"Text", 4}, ""},
        {{"", 0}, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *what = packing_foreign(rows[i].head);
        is_str(what ? what : "", rows[i].what, "what begins with %.2s",
               rows[i].head.data);
        ask_all(rows[i].head);
    }
}

int main(void) {
    test_filters();
    test_windows();
    test_tars();
    test_foreign();
    return tap_done();
}
