/* SPDX-License-Identifier: Apache-2.0 */
/* Shared memory: see shared.h. */
#include "src/base/shared.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/fstream.h"
#include "src/base/pages.h"

/* Of Linux 6.1, which older headers do not know. */
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

/* ---- the file ---- */

/* "/mpibert.HOST.PROCESS.NUMBER", of the host's name what stands before the first
 * point.  Where containers share memory, others may have the same process. */
static int create_file(char *name) {
    static int number;
    char host[HOST_NAME_MAX + 1] = "";
    int file;
    gethostname(host, sizeof host - 1);
    do {
        snprintf(name, SHARED_NAME, "/mpibert.%.*s.%ld.%d", (int)strcspn(host, "."),
                 host, (long)getpid(), number++);
        file = shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
    } while (file < 0 && errno == EEXIST);
    return file;
}

/* What there is after a failure shared_close gives back. */
static int map(struct shared *s, int file, size_t bytes) {
    *s = (struct shared){.file = file, .bytes = bytes};
    if (file >= 0)
        s->at = pages_map(bytes, file);
    return s->at ? 0 : errno;
}

int shared_create(struct shared *s, size_t bytes, char name[SHARED_NAME]) {
    int rc = map(s, create_file(name), bytes);
    if (rc == 0 && ftruncate(s->file, (off_t)pages_round(bytes)) < 0)
        rc = errno;
    return rc;
}

int shared_open(struct shared *s, size_t bytes, const char *name) {
    return map(s, shm_open(name, O_RDWR, 0), bytes);
}

void shared_forget(const char *name) { shm_unlink(name); }

void shared_close(struct shared *s) {
    if (s->at)
        pages_unmap(s->at, s->bytes);
    if (s->file >= 0)
        close(s->file);
    *s = (struct shared){.file = -1};
}

/* ---- its pages ---- */

/* A signal undoes it. */
static int allocate(int file, size_t offset, size_t bytes) {
    int rc;
    do
        rc = posix_fallocate(file, (off_t)offset, (off_t)bytes);
    while (rc == EINTR);
    return rc;
}

/* A large page is made of what is there: one byte will do, and spares clearing the rest
 * twice. */
static int make_large(const struct shared *s, size_t offset, size_t bytes) {
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < bytes; i += PAGES_LARGE)
        rc = allocate(s->file, offset + i, 1);
    if (rc == 0)
        (void)madvise(s->at + offset, pages_round(bytes), MADV_COLLAPSE);
    return rc;
}

int shared_fill(const struct shared *s, size_t offset, size_t bytes) {
    int rc = bytes < PAGES_LARGE ? 0 : make_large(s, offset, bytes);
    if (rc == 0 && bytes > 0)
        rc = allocate(s->file, offset, bytes);
    for (size_t i = 0; rc == 0 && i < bytes; i += PAGES_LARGE)
        (void)*(volatile char *)(s->at + offset + i); /* in this process's tables too */
    return rc;
}

/* Lines "7f…-7f… rw-s …" are followed by those about the mapping. */
size_t shared_large(const struct shared *s, size_t offset, size_t bytes) {
    unsigned long first = (unsigned long)(uintptr_t)(s->at + offset), low, high;
    size_t large = 0, kib;
    bool within = false;
    char line[512];
    FILE *file = fstream_open("/proc/self/smaps", O_RDONLY, NULL);
    while (file && fgets(line, sizeof line, file)) {
        if (sscanf(line, "%lx-%lx ", &low, &high) == 2)
            within = low < first + bytes && high > first;
        else if (within && sscanf(line, "ShmemPmdMapped: %zu", &kib) == 1)
            large += kib * 1024;
    }
    if (file)
        fclose(file);
    return large < bytes ? large : bytes;
}
