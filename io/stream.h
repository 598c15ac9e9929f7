/* SPDX-License-Identifier: Apache-2.0 */
/* A stored file as its members' bytes: what is packed is unpacked (layer.h), up to
 * twice around the file and once inside a member of a tar.  A file that is no archive
 * has one member, named
 * "". */
#ifndef MPIBERT_IO_STREAM_H
#define MPIBERT_IO_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/err.h"
#include "src/base/str.h"

struct stream; /* opaque */

/* NULL and 66 or 74 if it cannot be opened. */
struct stream *stream_open(const char *path, struct err *err);
/* Goes to the next regular file in it: 1 and its name (borrowed until the next call), 0
 * end, -1 as feed.h says: after ERR_DATA, a damaged place, ask again. */
int stream_next_member(struct stream *stream, const char **name, struct err *err);
/* The next bytes of the member, borrowed until the next call: 1, 0 end of the member,
 * -1 as above. */
int stream_next_block(struct stream *stream, struct slice *block, struct err *err);
/* Bytes thrown away as damaged since it was asked last. */
uint64_t stream_take_dropped(struct stream *stream);
/* Bytes of the file that were read so far. */
uint64_t stream_stored_bytes(const struct stream *stream);
/* Accepts NULL. */
void stream_close(struct stream *stream);

#endif
