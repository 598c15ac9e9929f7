/* SPDX-License-Identifier: Apache-2.0 */
/* libarchive over a feed, and as a feed: a packed stream as its content, or a tar as
 * the contents of its members one by one.  What reads is this file's alone to call. */
#ifndef MPIBERT_IO_UNPACK_H
#define MPIBERT_IO_UNPACK_H

#include <stdbool.h>
#include <stdint.h>

#include "io/feed.h"
#include "src/base/err.h"
#include "src/base/str.h"

struct archive;
struct archive_entry;

/* What lies below: a packed stream, or a tar that is not packed (whatever it looks
 * like). */
enum unpack_format { UNPACK_STREAM, UNPACK_TAR };

/* Which of the last blocks of a tar are zeros. */
struct unpack_zeros {
    uint64_t bits[64]; /* a ring, a bit a block */
    uint64_t size;     /* bytes seen */
    bool so_far;       /* the block that is not whole yet */
};

struct unpack {
    struct feed feed;        /* the content of the current member */
    struct archive *archive; /* NULL: not in use */
    struct archive_entry *entry;
    struct feed *below;   /* borrowed */
    struct err fault;     /* of below, while libarchive hands it through */
    uint64_t taken_bytes; /* from below */
    struct unpack_zeros zeros;
    bool is_tar;
    bool dead;    /* it is at its end, or cannot go on */
    bool broken;  /* it cannot go on */
    bool padded;  /* what is after its end mark only fills the record */
    bool checked; /* what is after its end was seen to */
};

/* Begins; `head` is what `below`, borrowed, begins with.  A fault is told by the first
 * call of another function. */
void unpack_init(struct unpack *u, struct feed *below, struct slice head,
                 enum unpack_format format);
/* To the next entry of a tar: 1, 0 end, -1 as feed.h says; then *found says whether
 * there is one all the same.  Damaged headers are passed over, down to the next good
 * one. */
int unpack_next_entry(struct unpack *u, bool *found, struct err *err);
/* Of the entry: whether it is a file with a content of its own; its name. */
bool unpack_is_file(const struct unpack *u);
const char *unpack_name(const struct unpack *u);
/* Once at the end: what libarchive ended on without a word.  0, or -1 with the damage.
 */
int unpack_check_end(struct unpack *u, struct err *err);
void unpack_fini(struct unpack *u);

#endif
