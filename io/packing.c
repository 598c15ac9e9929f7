/* SPDX-License-Identifier: Apache-2.0 */
/* What a few first bytes do not tell of a packing: see packing.h.  What is asked for is
 * only as much as tells it from text and from other packings. */
#include "io/packing.h"

#include <stdlib.h>
#include <string.h>

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
        ".tar", ".tar.gz", ".tar.bz2", ".tar.xz", ".tar.zst", ".tar.lz4", ".tar.lzma",
        ".tgz", ".tbz",    ".tbz2",    ".txz",    ".tzst",    ".tlz"};
    size_t size = strlen(path);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t n = strlen(endings[i]);
        if (size > n && strcmp(path + size - n, endings[i]) == 0)
            return true;
    }
    return false;
}

static const char xz[] = "\xfd\x37zXZ"; /* and its NUL */

bool packing_is_bzip2(struct slice head) {
    return head.size >= 10 && memcmp(head.data, "BZh", 3) == 0 &&
           (memcmp(head.data + 4, "1AY&SY", 6) == 0 ||
            memcmp(head.data + 4, "\x17\x72\x45\x38\x50\x90", 6) == 0);
}

static uint32_t little32(const char *data) {
    const unsigned char *b = (const unsigned char *)data;
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 |
           (uint32_t)b[3] << 24;
}

/* A byte of three numbers, the dictionary's size, the content's or -1, and the first
 * byte of the coder, which is 0 (LZMA SDK, lzma.txt).  The dictionary is 2^n or
 * 2^n + 2^(n-1), which is what tells it. */
bool packing_is_lzma(struct slice head) {
    enum { HEADER_BYTES = 13, NUMBERS_MAX = 9 * 5 * 5, DICTIONARY_MIN = 1 << 12 };
    if (head.size <= HEADER_BYTES || (unsigned char)head.data[0] >= NUMBERS_MAX ||
        head.data[HEADER_BYTES] != 0)
        return false;
    uint32_t dictionary = little32(head.data + 1), high = little32(head.data + 9);
    uint32_t rest = dictionary & (dictionary - 1); /* without its lowest bit */
    bool usual =
        rest == 0 || ((rest & (rest - 1)) == 0 && rest >> 1 == dictionary - rest);
    bool unknown = high == UINT32_MAX && little32(head.data + 5) == UINT32_MAX;
    return dictionary >= DICTIONARY_MIN && usual && (unknown || high < 1 << 8);
}

/* Zstandard Compression Format, 3.1.2; LZ4 Frame Format: a mark, the size, the content.
 */
uint64_t packing_skips(struct slice head) {
    enum { HEADER_BYTES = 8 };
    if (head.size < HEADER_BYTES || (little32(head.data) & ~15u) != 0x184d2a50)
        return 0;
    return HEADER_BYTES + (uint64_t)little32(head.data + 4);
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
    if (packing_is_lzma(head))
        return little32(head.data + 1);
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
