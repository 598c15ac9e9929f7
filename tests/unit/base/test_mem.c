/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: whatever their size, mapped blocks are zero to the last byte, aligned, and
 * counted until they are given back; big ones are not in memory before somebody writes
 * to them. */
#include "src/base/mem.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/fill.h"
#include "tests/tap.h"

enum { MIB = 1 << 20 };

static const struct {
    size_t count, size;
} rows[] = {
    {0, 4},           {1, 1},           {1000, 4},    {MIB, 2},
    {2 * MIB - 1, 1}, {2 * MIB + 1, 1}, {5 * MIB, 4},
};

/* Pages of the first `bytes` that are in memory. */
static size_t pages_there(void *block, size_t bytes) {
    static unsigned char there[1 << 16];
    size_t page = (size_t)sysconf(_SC_PAGESIZE), count = 0;
    if (mincore(block, bytes, there) != 0)
        return SIZE_MAX;
    for (size_t i = 0; i < bytes / page; i++)
        count += there[i] & 1;
    return count;
}

static void test_block(size_t count, size_t size) {
    size_t before = mem_mapped(), bytes = count * size;
    unsigned char *block = mem_map(count, size);
    ok((uintptr_t)block % 64 == 0, "%zu bytes: aligned", bytes);
    ok(mem_mapped() - before == (bytes ? bytes : 1), "  counted");
    ok(fill_is(block, bytes, 0), "  zero");
    memset(block, 0xa5, bytes);
    unsigned char *other = mem_map(count, size);
    ok(fill_is(other, bytes, 0), "  and so is the next");
    mem_unmap(other, count, size);
    mem_unmap(block, count, size);
    ok(mem_mapped() == before, "  given back");
}

static void test_can(void) {
    static const struct {
        size_t bytes;
        bool can;
    } sizes[] = {
        {0, true}, {1, true}, {64 * (size_t)MIB, true}, {(size_t)1 << 62, false}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        ok(mem_can_map(sizes[i].bytes) == sizes[i].can, "%zu bytes can%s be had",
           sizes[i].bytes, sizes[i].can ? "" : "not");
    ok(strlen(mem_advice()) > 0, "there is always an advice");
    mem_advise("lower it");
    is_str(mem_advice(), "lower it", "as it was given last");
    mem_advise(NULL);
}

static void test_untouched(void) {
    size_t bytes = 64 * (size_t)MIB, page = (size_t)sysconf(_SC_PAGESIZE);
    char *block = mem_map(bytes, 1);
    is_int((int64_t)pages_there(block, bytes), 0, "nothing is touched");
    block[bytes / 2] = 1;
    size_t there = pages_there(block, bytes);
    ok(there > 0 && there <= 2 * (size_t)MIB / page,
       "one huge page at most is: %zu pages", there);
    mem_unmap(block, bytes, 1);
}

int main(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        test_block(rows[i].count, rows[i].size);
    test_untouched();
    test_can();
    mem_unmap(NULL, 5, 1);
    return tap_done();
}
