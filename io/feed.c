/* SPDX-License-Identifier: Apache-2.0 */
/* Feeds of bytes: see feed.h.  Here are the two that unpack nothing: a file, and a feed
 * that lets its beginning be seen. */
#include "io/feed.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "src/base/fs.h"
#include "src/base/mem.h"
#include "src/base/pulse.h"

enum { FILE_BLOCK_BYTES = 256 << 10 };

static int feed_file_next(struct feed *feed, struct slice *block, struct err *err) {
    struct feed_file *file = (struct feed_file *)feed;
    ssize_t n;
    do
        n = fs->read(file->fd, file->buffer, FILE_BLOCK_BYTES);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return err_errno(err, "read", file->path);
    *block = (struct slice){file->buffer, (size_t)n};
    file->read_bytes += (uint64_t)n;
    pulse_tick();
    if (n > 0 || file->read_bytes >= file->size_bytes)
        return n > 0;
    file->size_bytes = 0; /* to be told once */
    return err_set(err, ERR_DATA,
                   "stored byte %llu: the file was cut while it was read",
                   (unsigned long long)file->read_bytes);
}

int feed_file_open(struct feed_file *file, const char *path, struct err *err) {
    *file = (struct feed_file){.feed.next = feed_file_next};
    file->fd = fs->open(path, O_RDONLY | O_CLOEXEC, 0);
    if (file->fd < 0)
        return err_errno(err, "open", path);
    file->path = mem_string(path);
    file->buffer = mem_alloc(FILE_BLOCK_BYTES, 1);
    struct stat info;
    if (fs->fstat(file->fd, &info) < 0)
        return err_errno(err, "examine", path);
    if (S_ISDIR(info.st_mode))
        return err_set(err, ERR_IO, "%s: is a folder, not a file", path);
    file->size_bytes = (uint64_t)info.st_size;
    posix_fadvise(file->fd, 0, 0, POSIX_FADV_SEQUENTIAL); /* a hint: failing is fine */
    return 0;
}

void feed_file_close(struct feed_file *file) {
    if (file->path && file->fd >= 0)
        fs->close(file->fd);
    mem_free(file->path);
    mem_free(file->buffer);
    *file = (struct feed_file){0};
}

static struct slice held_of(const struct feed_front *head) {
    struct slice all = str_slice(&head->held);
    return (struct slice){all.data + head->start, all.size - head->start};
}

static int feed_front_next(struct feed *feed, struct slice *block, struct err *err) {
    struct feed_front *head = (struct feed_front *)feed;
    if (head->serving && head->held.size > head->start) {
        *block = held_of(head);
        head->serving = false;
        return 1;
    }
    head->serving = false;
    if (head->status <= 0) {
        int status = head->status;
        if (status < 0 && err)
            *err = head->fault;
        head->status = status < 0 ? 1 : 0; /* a fault is told once, an end for ever */
        return status;
    }
    int status = head->below->next(head->below, block, err);
    head->feed.dropped_bytes += head->below->dropped_bytes;
    head->below->dropped_bytes = 0;
    return status;
}

void feed_front_init(struct feed_front *head, struct feed *below) {
    *head = (struct feed_front){
        .feed.next = feed_front_next, .below = below, .serving = true, .status = 1};
}

/* Moves what is held to the front, if that is little. */
static void close_gap(struct feed_front *head) {
    struct str *held = &head->held;
    if (head->start <= held->size / 2)
        return;
    held->size -= head->start;
    memmove(held->data, held->data + head->start, held->size);
    head->start = 0;
}

struct slice feed_front_look(struct feed_front *head, size_t size) {
    struct slice block;
    while (head->held.size - head->start < size && head->status > 0) {
        head->status = head->below->next(head->below, &block, &head->fault);
        close_gap(head);
        if (head->status > 0)
            str_append(&head->held, block.data, block.size);
    }
    head->feed.dropped_bytes += head->below->dropped_bytes;
    head->below->dropped_bytes = 0;
    struct slice all = held_of(head);
    return (struct slice){all.data, all.size < size ? all.size : size};
}

void feed_front_pass(struct feed_front *head, uint64_t size) {
    struct slice rest = held_of(head);
    if (size <= rest.size) {
        head->start += (size_t)size;
        return;
    }
    str_clear(&head->held);
    head->start = 0;
    while (rest.size < size && head->status > 0) {
        size -= rest.size;
        rest = (struct slice){0};
        head->status = head->below->next(head->below, &rest, &head->fault);
    }
    if (rest.size >= size) {
        str_append(&head->held, rest.data + size, rest.size - (size_t)size);
    } else if (head->status == 0) {
        head->status = -1;
        err_set(&head->fault, ERR_DATA, "a frame to be skipped is truncated");
    }
}

void feed_front_fini(struct feed_front *head) { str_fini(&head->held); }
