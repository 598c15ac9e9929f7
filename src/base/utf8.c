/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8: see utf8.h.  All of table 3-7 is in two facts about a lead byte: how many
 * bytes follow, and the narrower range that a few leads allow the first of them (which
 * is what keeps out overlong forms, surrogates and values above 10FFFF). */
#include "src/base/utf8.h"

struct lead {
    int followers;           /* 0: no lead byte */
    unsigned char low, high; /* of the first follower */
};

static struct lead lead_of(unsigned char byte) {
    if (byte < 0xC2 || byte > 0xF4)
        return (struct lead){0, 0, 0};
    int followers = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
    unsigned char low = byte == 0xE0 ? 0xA0 : byte == 0xF0 ? 0x90 : 0x80;
    unsigned char high = byte == 0xED ? 0x9F : byte == 0xF4 ? 0x8F : 0xBF;
    return (struct lead){followers, low, high};
}

int utf8_decode(const char *p, const char *end, uint32_t *scalar) {
    unsigned char first = (unsigned char)*p;
    if (first < 0x80) {
        *scalar = first;
        return 1;
    }
    struct lead lead = lead_of(first);
    if (lead.followers == 0)
        return -1;
    uint32_t value = first & (0x3Fu >> lead.followers);
    for (int i = 1; i <= lead.followers; i++) {
        unsigned char byte = p + i < end ? (unsigned char)p[i] : 0;
        if (byte < lead.low || byte > lead.high)
            return -i;
        value = value << 6 | (byte & 0x3F);
        lead.low = 0x80, lead.high = 0xBF;
    }
    *scalar = value;
    return lead.followers + 1;
}

int utf8_encode(uint32_t scalar, char out[4]) {
    if (scalar < 0x80) {
        out[0] = (char)scalar;
        return 1;
    }
    int size = scalar < 0x800 ? 2 : scalar < 0x10000 ? 3 : 4;
    for (int i = size - 1; i > 0; i--, scalar >>= 6)
        out[i] = (char)(0x80 | (scalar & 0x3F));
    out[0] = (char)((0xF00 >> size) | scalar); /* size ones, then a zero */
    return size;
}

size_t utf8_ill_formed(const char *text, size_t size) {
    size_t bad = 0;
    const char *end = text + size;
    while (text < end) {
        uint32_t scalar;
        int n = utf8_decode(text, end, &scalar);
        bad += n < 0 ? (size_t)-n : 0;
        text += n < 0 ? -n : n;
    }
    return bad;
}
