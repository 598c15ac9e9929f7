/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: what one process writes another reads, after the name is forgotten too; filled
 * parts are zero, lie in large pages, where there are any, and keep what is there when
 * they are filled again; where there is no room, or no such name, the system's reason
 * is told, and nothing is left. */
#include "src/base/shared.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/pages.h"
#include "tests/fill.h"
#include "tests/tap.h"

static const size_t sizes[] = {
    1,           100000,          PAGES_LARGE - 1,
    PAGES_LARGE, PAGES_LARGE + 1, (size_t)5 * PAGES_LARGE + 12345};

/* Whether the system makes these bytes of a file large pages when it is asked to: older
 * ones do not. */
static bool system_has_large(size_t bytes) {
    size_t whole = pages_round(bytes);
    int fd = memfd_create("large", 0);
    char *at = ftruncate(fd, (off_t)whole) == 0 ? pages_map(whole, fd) : NULL;
    if (at == NULL)
        return false;
    memset(at, 1, whole);
    bool has = madvise(at, whole, 25 /* MADV_COLLAPSE */) == 0;
    pages_unmap(at, whole);
    close(fd);
    return has;
}

static void test_large(const struct shared *s, size_t bytes) {
    if (bytes >= PAGES_LARGE && !system_has_large(bytes))
        skip("the system has no large pages here", 1);
    else
        is_int((int64_t)shared_large(s, PAGES_LARGE, bytes),
               bytes < PAGES_LARGE ? 0 : (int64_t)bytes, "  in large pages");
}

/* What another process finds in the second part of that name, and writes there. */
static bool other_reads(const char *name, size_t bytes, char found, char written) {
    struct shared s;
    int status = -1;
    pid_t child = fork();
    if (child > 0)
        return waitpid(child, &status, 0) == child && status == 0;
    if (shared_open(&s, PAGES_LARGE + bytes, name) != 0 ||
        !fill_is(s.at + PAGES_LARGE, bytes, found))
        _exit(1);
    memset(s.at + PAGES_LARGE, written, bytes);
    shared_close(&s);
    _exit(0);
}

static void test_part(size_t bytes) {
    struct shared s, late;
    char name[SHARED_NAME];
    is_int(shared_create(&s, PAGES_LARGE + bytes, name), 0, "%zu bytes", bytes);
    is_int(shared_fill(&s, PAGES_LARGE, bytes), 0, "  filled");
    ok(fill_is(s.at + PAGES_LARGE, bytes, 0), "  zero");
    test_large(&s, bytes);
    memset(s.at + PAGES_LARGE, 7, bytes);
    ok(other_reads(name, bytes, 7, 9), "  another process reads them");
    shared_forget(name);
    ok(fill_is(s.at + PAGES_LARGE, bytes, 9), "  and writes them");
    is_int(shared_fill(&s, PAGES_LARGE, bytes), 0, "  filled once more");
    ok(fill_is(s.at + PAGES_LARGE, bytes, 9), "  what is there stays");
    is_int(shared_open(&late, PAGES_LARGE + bytes, name), ENOENT,
           "  the name is forgotten");
    shared_close(&late);
    shared_close(&s);
}

/* Two of one process have two names. */
static void test_names(void) {
    struct shared one, other;
    char first[SHARED_NAME], second[SHARED_NAME];
    is_int(shared_create(&one, 1, first), 0, "one");
    is_int(shared_create(&other, 1, second), 0, "another");
    ok(strcmp(first, second) != 0, "  by another name");
    shared_forget(first);
    shared_forget(second);
    shared_close(&one);
    shared_close(&other);
}

static void test_refused(void) {
    struct shared s, reader;
    char name[SHARED_NAME];
    is_int(shared_create(&s, (size_t)1 << 62, name), ENOMEM, "more than there is");
    shared_forget(name);
    shared_close(&s);
    is_int(shared_create(&s, (size_t)3 * PAGES_LARGE, name), 0, "a file");
    reader = s;
    reader.file = shm_open(name, O_RDONLY, 0);
    is_int(shared_fill(&reader, 0, 100), EBADF, "  that gives no room");
    is_int(shared_fill(&reader, 0, (size_t)3 * PAGES_LARGE), EBADF,
           "  nor large pages");
    shared_forget(name);
    close(reader.file);
    shared_close(&s);
}

int main(void) {
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        test_part(sizes[i]);
    test_names();
    test_refused();
    return tap_done();
}
