/* SPDX-License-Identifier: Apache-2.0 */
/* Documents into a new shard: the other direction of shard.h.  The same documents in
 * the same order make the same bytes. */
#ifndef MPIBERT_IO_SHARD_WRITER_H
#define MPIBERT_IO_SHARD_WRITER_H

#include <stdint.h>

#include "src/base/err.h"
#include "src/core/doc.h"

struct shard_writer; /* opaque */

enum shard_form {
    SHARD_JSONL, /* .jsonl.zst: {"text", "url", "language", "source": the shard}, an
                   object a line */
    SHARD_TAR,   /* .tar.zst: a file a document, SHARD/ORDINAL.txt; address and language
                   are lost */
};

/* ".jsonl.zst", ".tar.zst" */
const char *shard_writer_suffix(enum shard_form form);
/* Makes the file; `level` is zstd's, 1 to 19.  NULL and 74, also if it is there
 * already. */
struct shard_writer *shard_writer_create(const char *path, enum shard_form form,
                                         int level, struct err *err);
/* Adds a document.  In JSON lines the text must be well-formed UTF-8, and one whose
 * line readers would refuse (16 MiB) becomes several, cut at line ends.  Returns how
 * many it became, or -1 (74). */
int shard_writer_add(struct shard_writer *pack, const struct doc *doc, struct err *err);
/* Ends the shard and syncs it: *stored_bytes is its size.  Frees pack in any case; if
 * it fails (74) the file is removed. */
int shard_writer_close(struct shard_writer *pack, int64_t *stored_bytes,
                       struct err *err);
/* Removes the file instead.  Accepts NULL. */
void shard_writer_abandon(struct shard_writer *pack);

#endif
