/* SPDX-License-Identifier: Apache-2.0 */
/* The documents of one shard: a tarball (tar, tar.gz, .bz2, .xz, .zst), a compressed
 * file or a plain one, in any of the formats of io/readers. */
#ifndef MPIBERT_IO_SHARD_H
#define MPIBERT_IO_SHARD_H

#include <stdbool.h>
#include <stdint.h>

#include "io/witness.h"
#include "src/base/err.h"
#include "src/core/doc.h"
#include "src/core/tally.h"

struct shard; /* opaque */

struct shard_options {
    const char
        *format; /* a reader's name or "auto" (NULL too): by content, per member */
    const char *text_key;    /* of JSON lines; NULL, "auto": the usual ones */
    bool stop_on_damage;     /* else: damage is reported, counted and skipped */
    double *unpacking;       /* seconds spent on unpacking are added to it; NULL: not */
    bool quiet;              /* no warnings (they were given when it was read before) */
    struct witness *witness; /* borrowed until shard_close; NULL: nobody */
};

/* Opens; *tally is borrowed and added to while reading: shards, members, bytes, damage,
 * documents and empty ones.  66, 74 as the file has it; 78 an unknown format. */
struct shard *shard_open(const char *path, const struct shard_options *options,
                         struct tally *tally, struct err *err);
/* 1: *doc is the next document that has text, borrowed until the next call; 0: end,
 * everything accounted for; -1: 65 (damage, or a member that is not read, with
 * stop_on_damage), 74 (I/O). */
int shard_next(struct shard *shard, struct doc *doc, struct err *err);
/* One line for a shard that gave no document, once it is at its end: why.  Borrowed
 * until shard_close. */
const char *shard_why(const struct shard *shard);
/* Accepts NULL. */
void shard_close(struct shard *shard);

#endif
