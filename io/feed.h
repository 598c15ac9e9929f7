/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of bytes, from a file or from whatever unpacks one.  Feeds stack: a file,
 * gunzip over it, an archive's member over that, gunzip over the member; each asks the
 * one below. */
#ifndef MPIBERT_IO_FEED_H
#define MPIBERT_IO_FEED_H

#include <stdint.h>

#include "src/base/err.h"
#include "src/base/str.h"

struct feed {
    /* 1: *block (not empty) is borrowed until the next call; 0: end.  -1: ERR_DATA is a
     * damaged place, and asking again goes on after it if that can be done (else 0);
     * another code is final. */
    int (*next)(struct feed *feed, struct slice *block, struct err *err);
    uint64_t dropped_bytes; /* thrown away as damaged; its reporter sets it to 0 */
};

/* A file, front to back. */
struct feed_file {
    struct feed feed;
    char *path; /* owned */
    char *buffer;
    int fd;
    uint64_t size_bytes; /* when it was opened */
    uint64_t read_bytes;
};

/* 66, 74, or 0; close in any case. */
int feed_file_open(struct feed_file *file, const char *path, struct err *err);
/* Accepts a zeroed or half-opened one. */
void feed_file_close(struct feed_file *file);

/* A feed whose beginning can be looked at before it is read. */
struct feed_front {
    struct feed feed;
    struct feed *below; /* borrowed */
    struct str held;
    size_t start;     /* what of held is left out */
    bool serving;     /* held is what the next block is */
    int status;       /* what ended the look: 1, 0, -1 with `fault` */
    struct err fault; /* told when reading comes to it */
};

/* Borrows `below` until feed_front_fini. */
void feed_front_init(struct feed_front *head, struct feed *below);
/* The first `size` bytes (fewer if there are not more), borrowed until the feed is
 * read. To be asked before the first block. */
struct slice feed_front_look(struct feed_front *head, size_t size);
/* Leaves out the first `size` bytes, also before the first block; if there are fewer
 * the feed ends as damaged. */
void feed_front_pass(struct feed_front *head, uint64_t size);
void feed_front_fini(struct feed_front *head);

#endif
