/* SPDX-License-Identifier: Apache-2.0 */
/* What a file or member is, told from how it begins: one table of signatures, those of
 * what is unpacked here and those of what is only called by its name.  A new kind is a
 * row in signature.c. */
#ifndef MPIBERT_IO_SIGNATURE_H
#define MPIBERT_IO_SIGNATURE_H

#include <stdbool.h>

#include "src/base/str.h"

/* How many bytes `head` below should hold, if there are as many: an ISO image shows
 * last of all. */
enum { SIGNATURE_ISO_AT = 32769, SIGNATURE_LOOK_BYTES = SIGNATURE_ISO_AT + 5 };

enum signature_use {
    SIGNATURE_GUNZIP, /* gzip: unpacked by gunzip.c */
    SIGNATURE_UNPACK, /* bzip2, xz, lzma, zstd, lz4: unpacked by unpack.c */
    SIGNATURE_TAR,
    SIGNATURE_BINARY, /* not read, whatever format is asked for */
    SIGNATURE_TEXT    /* text, but none to learn from: read by who asks for a format */
};

struct signature {
    const char *bytes; /* at `offset`; may hold NULs */
    size_t size, offset;
    enum signature_use use;
    const char *name;                  /* "a zip archive" */
    bool (*agrees)(struct slice head); /* asked as well, where it is not NULL */
};

/* The first row that fits, or NULL.  Looks at nothing after `head`. */
const struct signature *signature_find(struct slice head);
/* What a content that is not read here is: "a zip archive", "packed once more"; NULL:
 * it may be text. */
const char *signature_name(struct slice head);

#endif
