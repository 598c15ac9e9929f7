/* SPDX-License-Identifier: Apache-2.0 */
/* The table of contents of a checkpoint, /hashes: which datasets, in which order, with
 * which hashes: parameters, moments, lanes, texts.
 *
 * A dataset's hash is hash128 over the hash128s (16 bytes each, low word first) of its
 * consecutive pieces of CONTENTS_CHUNK_BYTES, so that ranks can hash pieces of their
 * own and the result does not tell how many they were.  The state's hash is hash128
 * over one line "name shape hash\n" a tensor (shape as "768" or "30522x768"),
 * parameters first, then each moment, in table order. */
#ifndef MPIBERT_IO_CKPT_CONTENTS_H
#define MPIBERT_IO_CKPT_CONTENTS_H

#include <stddef.h>

#include "io/ckpt/header.h"
#include "src/base/err.h"
#include "src/base/hash.h"
#include "src/base/str.h"
#include "src/core/params.h"

enum {
    CONTENTS_CHUNK_BYTES = 1 << 20,
    CONTENTS_GROUP_SIZE = 24, /* of "adam/m" */
    CONTENTS_NAME_SIZE = TENSOR_NAME_SIZE + CONTENTS_GROUP_SIZE + 1,
    CONTENTS_TEXTS = 3,
    CONTENTS_VERSION = 2,
};

#define CONTENTS_FORMAT "mpibert checkpoint"
#define CONTENTS_LANES "/lanes"
#define CONTENTS_HASHES "/hashes"

struct contents_row {
    char name[CONTENTS_NAME_SIZE]; /* "/params/…" */
    char hash[HASH_HEX_SIZE];
};

/* Zero it to begin. */
struct contents {
    struct contents_row *rows; /* owned */
    int count;
};

/* The datasets that are texts of the header, and text i of a header. */
extern const char *const contents_texts[CONTENTS_TEXTS];
struct str *contents_text(struct ckpt_header *header, int i);

/* How many pieces so many bytes have. */
size_t contents_chunks(size_t bytes);
/* The hash of a dataset, from the hashes of its pieces or from all of its bytes. */
struct hash128 contents_hash_chunks(const struct hash128 *chunks, size_t count);
struct hash128 contents_hash(const void *bytes, size_t size);

/* Appends one row. */
void contents_add(struct contents *contents, const char *name, struct hash128 hash);
/* Appends the rows to *lines, each "name hash" filled up with blanks to the width
 * returned. */
size_t contents_print(const struct contents *contents, struct str *lines);
/* Appends rows from lines of a width; 65 (without a file's name) at the first that is
 * not as contents_print writes it. */
int contents_parse(struct contents *contents, struct slice lines, size_t width,
                   struct err *err);
/* The state's hash: the leading rows, which are those of `count` tables. */
void contents_state_hash(const struct contents *contents,
                         const struct params_table *const *tables, int count,
                         char hex[HASH_HEX_SIZE]);
/* The header's hash: its numbers, hashes and versions, and every row. */
void contents_header_hash(const struct contents *contents,
                          const struct ckpt_header *header, char hex[HASH_HEX_SIZE]);
void contents_fini(struct contents *contents);

#endif
