/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: what a checkpoint holds must be read back by somebody, and by another host
 * where that is possible, because a host may have what it wrote itself from its own
 * memory: so the readers of all ranks are all ranks, once each. */
#include "io/ckpt/slices.h"

#include <string.h>

#include "tests/tap.h"

static const struct {
    const char *hosts; /* a letter a rank */
    bool apart;        /* nobody reads what his own host wrote */
} rows[] = {
    {"a", false},         {"aa", false},    {"ab", true},       {"aaa", false},
    {"abc", true},        {"aabb", true},   {"abab", true},     {"aabbc", true},
    {"abbac", true},      {"abcabc", true}, {"aaabbcc", true},  {"cbabac", true},
    {"aaab", false},      {"abaa", false},  {"aabbccdd", true}, {"abcdabcdabcd", true},
    {"aaaabbbbcc", true},
};

int main(void) {
    enum { MOST = 16 };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t hosts[MOST];
        int readers[MOST] = {0}, ranks = (int)strlen(rows[i].hosts), once = 0,
            apart = 0;
        for (int r = 0; r < ranks; r++)
            hosts[r] = (uint64_t)rows[i].hosts[r];
        for (int r = 0; r < ranks; r++) {
            int other = slices_other(hosts, ranks, r);
            readers[other]++;
            apart += hosts[other] != hosts[r];
            ok(ranks == 1 || other != r, "%s: rank %d reads another's", rows[i].hosts,
               r);
        }
        for (int r = 0; r < ranks; r++)
            once += readers[r] == 1;
        is_int(once, ranks, "%s: each is read once", rows[i].hosts);
        if (rows[i].apart)
            is_int(apart, ranks, "%s: by another host", rows[i].hosts);
    }
    return tap_done();
}
