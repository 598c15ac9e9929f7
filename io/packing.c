/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of packing by their first bytes: see packing.h.  What is asked for is only as
 * much as tells it from text, which never has these bytes in front. */
#include "io/packing.h"

#include <stdlib.h>
#include <string.h>

/* How something begins, by `size` bytes, which may be NUL. */
struct beginning {
    const char *bytes;
    size_t size;
    const char *what;
};
#define BYTES(literal) literal, sizeof(literal) - 1

/* The row that `head` begins with, or NULL.  The table ends with a row of NULL. */
static const struct beginning *find(struct slice head, const struct beginning *rows) {
    for (; rows->bytes; rows++)
        if (head.size >= rows->size && memcmp(head.data, rows->bytes, rows->size) == 0)
            return rows;
    return NULL;
}

/* The sum of a header's bytes is in it, in octal, and was taken with spaces in its
 * place. */
bool packing_is_tar(struct slice head) {
    enum { TAR_HEADER_BYTES = 512, SUM_AT = 148, SUM_SIZE = 8 };
    if (head.size < TAR_HEADER_BYTES)
        return false;
    long sum = 0, signed_sum = 0; /* old tars summed signed bytes */
    for (size_t i = 0; i < TAR_HEADER_BYTES; i++) {
        char c = i >= SUM_AT && i < SUM_AT + SUM_SIZE ? ' ' : head.data[i];
        sum += (unsigned char)c;
        signed_sum += (signed char)c;
    }
    char digits[SUM_SIZE + 1] = {0};
    memcpy(digits, head.data + SUM_AT, SUM_SIZE);
    char *end;
    long stored = strtol(digits, &end, 8);
    return end > digits && (stored == sum || stored == signed_sum);
}

bool packing_names_tar(const char *path) {
    static const char *const endings[] = {
        ".tar",      ".tar.gz", ".tar.bz2", ".tar.xz", ".tar.zst", ".tar.lz4",
        ".tar.lzma", ".tgz",    ".tbz2",    ".txz",    ".tzst"};
    size_t size = strlen(path);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t n = strlen(endings[i]);
        if (size > n && strcmp(path + size - n, endings[i]) == 0)
            return true;
    }
    return false;
}

static const char xz[] = "\xfd\x37zXZ"; /* and its NUL */

static bool is_bzip2(struct slice head) {
    return head.size >= 10 && memcmp(head.data, "BZh", 3) == 0 &&
           (memcmp(head.data + 4, "1AY&SY", 6) == 0 ||
            memcmp(head.data + 4, "\x17\x72\x45\x38\x50\x90", 6) == 0);
}

bool packing_is_compressed(struct slice head) {
    static const struct beginning rows[] = {{xz, sizeof xz, "xz"},
                                            {BYTES("\x28\xb5\x2f\xfd"), "zstd"},
                                            {BYTES("\x04\x22\x4d\x18"), "lz4"},
                                            {0}};
    return find(head, rows) != NULL || is_bzip2(head);
}

/* Takes a number of xz's: seven bits a byte, the lowest first. */
static bool take_number(struct slice *rest, uint64_t *number) {
    *number = 0;
    for (int shift = 0; rest->size > 0 && shift < 63; shift += 7) {
        unsigned char byte = (unsigned char)*rest->data;
        rest->data++, rest->size--;
        *number |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

/* The dictionary of LZMA2, from the header of the first block (The .xz File Format,
 * 3.1): its size, flags, two sizes that may be there, up to four filters. */
uint64_t packing_window_bytes(struct slice head) {
    enum { BLOCK_AT = 12, HAS_PACKED = 0x40, HAS_UNPACKED = 0x80, LZMA2 = 0x21 };
    if (head.size < BLOCK_AT + 2 || memcmp(head.data, xz, sizeof xz) != 0)
        return 0;
    struct slice rest = {head.data + BLOCK_AT + 2, head.size - BLOCK_AT - 2};
    unsigned char flags = (unsigned char)head.data[BLOCK_AT + 1];
    uint64_t id, size;
    if ((flags & HAS_PACKED && !take_number(&rest, &size)) ||
        (flags & HAS_UNPACKED && !take_number(&rest, &size)))
        return 0;
    for (int filters = (flags & 3) + 1; filters > 0; filters--) {
        if (!take_number(&rest, &id) || !take_number(&rest, &size) || size > rest.size)
            return 0;
        int bits = size == 1 ? rest.data[0] & 0x3f : 0;
        if (id == LZMA2 && size == 1 && bits <= 40)
            return (uint64_t)(2 | (bits & 1)) << (bits / 2 + 11);
        rest.data += size;
        rest.size -= size;
    }
    return 0;
}

const char *packing_foreign(struct slice head) {
    static const struct beginning rows[] = {
        {BYTES("PK\x03\x04"), "a zip archive"},
        {BYTES("PK\x05\x06"), "a zip archive"},
        {BYTES("7z\xbc\xaf\x27\x1c"), "a 7z archive"},
        {BYTES("Rar!\x1a\x07"), "a rar archive"},
        {BYTES("filedesc://"), "an ARC file"},
        {BYTES("PAR1"), "a Parquet file"},
        {BYTES("ARROW1"), "an Arrow file"},
        {BYTES("\xff\xff\xff\xff"), "an Arrow stream"},
        {BYTES("\x89HDF\r\n"), "an HDF5 file"},
        {BYTES("SQLite format 3"), "an SQLite file"},
        {BYTES("%PDF-"), "a PDF"},
        {BYTES("\x1f\x8b\x08"), "packed once more"},
        {0}};
    const struct beginning *row = find(head, rows);
    if (row)
        return row->what;
    if (packing_is_compressed(head))
        return "packed once more";
    return packing_is_tar(head) ? "a tar inside of a tar" : NULL;
}
