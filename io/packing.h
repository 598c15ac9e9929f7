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
/* Whether it is packed by bzip2, xz, zstd or lz4. */
bool packing_is_compressed(struct slice head);
/* The bytes of memory that unpacking it needs for what was unpacked before, as far as
 * that is known from the head (xz); else 0. */
uint64_t packing_window_bytes(struct slice head);
/* What it is, if it is something known that is not read here: "a zip archive"; else
 * NULL. */
const char *packing_foreign(struct slice head);

#endif
