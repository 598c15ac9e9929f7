/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: the hashes are XXH3's published ones (they stand in checkpoints and logs, so
 * they may never change), and a hash over pieces does not see where the pieces were
 * cut. */
#include "src/base/hash.h"

#include <string.h>

#include "tests/tap.h"

static void test_known(void) {
    /* XXH3 of nothing, as in the specification's reference implementation 0.8 */
    char hex[HASH_HEX_SIZE];
    hash_hex(hash128("", 0), hex);
    is_str(hex, "99aa06d3014798d86001c324468d497f", "XXH3-128 of nothing");
    ok(hash64("", 0, 0) == 0x2d06800538d394c2u, "XXH3-64 of nothing");
    hash_hex(hash128("abc", 3), hex);
    is_str(hex, "06b05ab6733a618578af5f94892f3950", "XXH3-128 of abc");
    ok(hash64("abc", 3, 0) == 0x78af5f94892f3950u, "XXH3-64 of abc");
    ok(hash64("abc", 3, 1) != hash64("abc", 3, 0), "a seed changes it");
    hash_hex((struct hash128){1, 0xfedcba9876543210u}, hex);
    is_str(hex, "fedcba98765432100000000000000001", "high word first");
}

static void test_pieces(void) {
    enum { N = 5000 };
    static char bytes[N];
    for (int i = 0; i < N; i++)
        bytes[i] = (char)(i * 31 + i / 256);
    struct hash128 whole = hash128(bytes, N);
    static const size_t cuts[] = {1, 7, 64, 255, 256, 257, 1024, N};
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        struct hasher *hasher = hasher_create();
        for (size_t at = 0; at < N; at += cuts[i])
            hasher_update(hasher, bytes + at, cuts[i] < N - at ? cuts[i] : N - at);
        hasher_update(hasher, bytes, 0);
        struct hash128 h = hasher_digest(hasher), again = hasher_digest(hasher);
        ok(h.low == whole.low && h.high == whole.high, "in pieces of %zu", cuts[i]);
        ok(again.low == h.low && again.high == h.high,
           "a digest may be asked for twice");
        hasher_destroy(hasher);
    }
    bytes[N / 2] ^= 1;
    struct hash128 other = hash128(bytes, N);
    ok(other.low != whole.low && other.high != whole.high,
       "one bit changes both words");
}

int main(void) {
    test_known();
    test_pieces();
    return tap_done();
}
