/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: runs must follow each other from 0 to n without a gap, differ by at most one,
 * and stay right where rank × n does not fit into 64 bits. */
#include "mpi/partition.h"

#include <stddef.h>

#include "tests/tap.h"

static const struct {
    int64_t n;
    int size;
} rows[] = {
    {0, 1}, {0, 4}, {1, 1}, {1, 4},  {3, 4},    {4, 4},
    {5, 4}, {7, 3}, {8, 3}, {32, 5}, {1000, 7}, {INT64_MAX, 1 << 20},
};

static void test_cover(int64_t n, int size) {
    int64_t next = 0, least = INT64_MAX, most = 0;
    bool touching = true;
    for (int r = 0; r < size; r++) {
        struct share run = partition(n, r, size);
        touching = touching && run.first == next && run.count >= 0;
        next = run.first + run.count;
        least = run.count < least ? run.count : least;
        most = run.count > most ? run.count : most;
    }
    ok(touching && next == n, "%lld over %d: no gap, no overlap", (long long)n, size);
    ok(most - least <= 1, "%lld over %d: equal but for one", (long long)n, size);
}

int main(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        test_cover(rows[i].n, rows[i].size);
    /* the formula of the header, where it fits */
    for (int r = 0; r < 3; r++)
        is_int(partition(8, r, 3).first, r * 8 / 3, "rank %d of 3 begins at r·n/size",
               r);
    return tap_done();
}
