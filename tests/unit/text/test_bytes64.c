/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: every instruction set must give, bit by bit, what the tables of Unicode and
 * the normaliser say of each byte: for all bytes at all places of a block, and for
 * texts of all lengths around the edges of blocks.  Places must be those of the bits
 * set. */
#include "src/text/bytes64.h"

#include <string.h>

#include "src/base/mem.h"
#include "src/base/rng.h"
#include "src/text/unicode.h"
#include "tests/fill.h"
#include "tests/tap.h"

enum { MOST = 5 }; /* blocks */

/* What one byte should be: bit 0 space, 1 punctuation, 2 wide. */
static int kind_of(const struct normalizer *normalizer, unsigned char c) {
    if (c >= 128)
        return 4;
    uint8_t image = normalizer->ascii[c];
    if (image >= 128)
        return 0;
    int space = unicode_ascii[image] & UNICODE_SPACE;
    return space ? 1 : unicode_ascii[image] & UNICODE_PUNCTUATION ? 2 : 0;
}

static bool same(const struct normalizer *normalizer, struct slice text) {
    struct bytes64_classes classes;
    struct bytes64 blocks[MOST];
    char folded[MOST * BYTES64_SIZE];
    bytes64_init(&classes, normalizer);
    bytes64_classify(&classes, text, folded, blocks);
    bool good = true;
    for (size_t i = 0; i < (text.size / BYTES64_SIZE + 1) * BYTES64_SIZE; i++) {
        const struct bytes64 *b = &blocks[i / BYTES64_SIZE];
        char c = i < text.size ? text.data[i] : ' ';
        int at = i % BYTES64_SIZE;
        int kind = (int)(b->space >> at & 1) | (int)(b->punctuation >> at & 1) << 1 |
                   (int)(b->wide >> at & 1) << 2;
        bool capital = normalizer->options.lowercase && c >= 'A' && c <= 'Z';
        good &= kind == kind_of(normalizer, (unsigned char)c);
        good &= folded[i] == (capital ? c + 32 : c);
    }
    return good;
}

static void test_classes(int isa) {
    const struct normalizer_options options[] = {{true, true, true, true, false},
                                                 {true, true, false, false, false},
                                                 {false, false, false, false, false}};
    struct rng rng;
    rng_init(&rng, 1, RNG_TEST, 1, 0);
    for (int o = 0; o < 3; o++) {
        struct normalizer normalizer;
        normalizer_init(&normalizer, &options[o]);
        bool every = true, sizes = true;
        for (int first = 0; first < 256; first += 3) {
            char text[256];
            for (int i = 0; i < 256; i++)
                text[i] = (char)(first + i);
            every &= same(&normalizer, (struct slice){text, sizeof text});
        }
        for (size_t size = 0; size < MOST * BYTES64_SIZE - 1; size++) {
            char *text = mem_resize(NULL, size, 1); /* so that no byte more is read */
            for (size_t i = 0; i < size; i++)
                text[i] = (char)rng_below(&rng, 256);
            sizes &= same(&normalizer, (struct slice){text, size});
            mem_free(text);
        }
        ok(every, "isa %d, options %d: every byte at every place", isa, o);
        ok(sizes, "isa %d, options %d: every size", isa, o);
        normalizer_fini(&normalizer);
    }
}

static void test_places(int isa) {
    uint64_t masks[MOST] = {0, ~(uint64_t)0, 1, (uint64_t)1 << 63, 0x8421084210842108};
    uint32_t places[MOST * BYTES64_SIZE + BYTES64_SLACK], n = 0;
    size_t count = bytes64_positions(masks, MOST, places);
    bool good = true;
    for (uint32_t i = 0; i < MOST * BYTES64_SIZE; i++)
        if (masks[i / BYTES64_SIZE] >> i % BYTES64_SIZE & 1)
            good &= places[n++] == i;
    ok(good && count == n, "isa %d: places of bits", isa);
    ok(bytes64_positions(masks, 1, places) == 0, "isa %d: no bits, no places", isa);
    ok(bytes64_positions(masks, 0, places) == 0, "isa %d: no masks, no places", isa);
}

int main(void) {
    for (int isa = 0; fill_isa(isa); isa++) {
        test_classes(isa);
        test_places(isa);
    }
    return tap_done();
}
