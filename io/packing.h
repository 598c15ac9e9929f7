/* SPDX-License-Identifier: Apache-2.0 */
/* How bytes are packed, told from how they begin. */
#ifndef MPIBERT_IO_PACKING_H
#define MPIBERT_IO_PACKING_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/str.h"

/* How many bytes `head` below should hold, if there are as many. */
enum { PACKING_LOOK_BYTES = 512 };

/* Whether a tar begins so. */
bool packing_is_tar(struct slice head);
/* Whether the name of a file says that it is a tar, packed or not. */
bool packing_names_tar(const char *path);
/* Whether a bzip2 or an lzma stream begins so. */
bool packing_is_bzip2(struct slice head);
bool packing_is_lzma(struct slice head);
/* The bytes of the skippable frame that it begins with, as writers of zstd and lz4 put
 * in; 0: with none. */
uint64_t packing_skips(struct slice head);
/* The bytes of memory that unpacking it needs for what was unpacked before, as far as
 * that is known from the head (xz, lzma); else 0. */
uint64_t packing_window_bytes(struct slice head);

#endif
