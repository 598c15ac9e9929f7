/* SPDX-License-Identifier: Apache-2.0 */
/* Small whole files, and files that are complete or not there. */
#ifndef MPIBERT_BASE_FILE_H
#define MPIBERT_BASE_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "src/base/err.h"
#include "src/base/hash.h"
#include "src/base/str.h"

/* Appends the whole file to *out.  0, or -1 (66, 74; 65 above limit_bytes) with *out as
 * it was. */
int file_read(const char *path, size_t limit_bytes, struct str *out, struct err *err);
/* A hash of what the file holds, of any size; 66, 74. */
int file_hash(const char *path, char hex[HASH_HEX_SIZE], struct err *err);
/* All of it, after interruptions and however little is done at once: 0, or -1 with
 * errno.  A file that ends before is EIO. */
int file_write_all(int fd, const void *bytes, size_t size);
int file_pwrite_all(int fd, const void *bytes, size_t size, int64_t place);
int file_pread_all(int fd, void *bytes, size_t size, int64_t place);
/* Writes under a temporary name in the same folder, syncs, renames, syncs the
 * folder. */
int file_write_atomic(const char *path, const void *bytes, size_t size,
                      struct err *err);
/* The same for a content that lies in pieces, one after the other. */
int file_write_pieces(const char *path, const struct slice *pieces, int count,
                      struct err *err);
/* The same of what `make` makes under that name, for who needs a name to write to.
 * Faults are its own, or 74. */
int file_write_by(const char *path,
                  int (*make)(const char *temporary, const void *what, struct err *err),
                  const void *what, struct err *err);
/* Whether that could begin: the folder is there and may be written to, and `path` is no
 * folder itself.  To be asked before hours are spent.  0, or -1 (66, 74). */
int file_check_writable(const char *path, struct err *err);
/* The file without its folder; borrowed from path. */
const char *file_base_name(const char *path);
/* Syncs a file, so that what was written to it lasts. */
int file_sync(const char *path, struct err *err);
/* Syncs the folder that holds `path`, so that a rename in it lasts. */
int file_sync_folder(const char *path, struct err *err);
/* Gives a complete, synced file its name in the same folder, for good. */
int file_publish(const char *temporary, const char *path, struct err *err);
/* Calls `visit` for every name in a folder but . and .. until one returns -1.  A folder
 * that cannot be read to its end is 74, not a shorter one. */
typedef int file_name_fn(const char *dir, const char *name, void *context,
                         struct err *err);
int file_each_name(const char *dir, file_name_fn *visit, void *context,
                   struct err *err);
/* Makes the folder and those above it; fine if it is there. */
int file_make_folder(const char *path, struct err *err);
/* Removes a file, or a folder with all that is in it; links go, not what they lead to.
 * 66, 74. */
int file_remove_all(const char *path, struct err *err);

#endif
