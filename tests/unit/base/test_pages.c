/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: what is mapped begins on a large page, whatever its size, and is zero; of a
 * file, what is written by one mapping is read by another. */
#include "src/base/pages.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/fill.h"
#include "tests/tap.h"

static const size_t sizes[] = {1,
                               4096,
                               100000,
                               PAGES_LARGE - 1,
                               PAGES_LARGE,
                               PAGES_LARGE + 1,
                               (size_t)5 * PAGES_LARGE + 12345};

static void test_own(size_t bytes) {
    char *block = pages_map(bytes, -1);
    ok(block && (uintptr_t)block % PAGES_LARGE == 0, "%zu bytes: aligned", bytes);
    ok(fill_is(block, bytes, 0), "  zero");
    memset(block, 1, bytes);
    pages_unmap(block, bytes);
}

static void test_file(size_t bytes) {
    int fd = memfd_create("pages", 0);
    ok(ftruncate(fd, (off_t)bytes) == 0, "%zu bytes of a file", bytes);
    char *one = pages_map(bytes, fd), *other = pages_map(bytes, fd);
    ok(one && other && one != other, "  mapped twice");
    ok(fill_is(one, bytes, 0), "  zero");
    memset(one, 7, bytes);
    ok(fill_is(other, bytes, 7), "  shared");
    pages_unmap(one, bytes);
    pages_unmap(other, bytes);
    close(fd);
}

int main(void) {
    is_int((int64_t)pages_round(0), 0, "nothing");
    is_int((int64_t)pages_round(1), PAGES_LARGE, "a byte");
    is_int((int64_t)pages_round(PAGES_LARGE), PAGES_LARGE, "a page");
    is_int((int64_t)pages_round(PAGES_LARGE + 1), 2 * PAGES_LARGE, "and a byte");
    ok(pages_map((size_t)1 << 62, -1) == NULL, "more than there is");
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        test_own(sizes[i]);
        test_file(sizes[i]);
    }
    return tap_done();
}
