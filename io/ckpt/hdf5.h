/* SPDX-License-Identifier: Apache-2.0 */
/* HDF5 behind one door: the few kinds of datasets and attributes that checkpoints are
 * made of.  Only the main thread may call.  What HDF5 complains of becomes one line of
 * err, and a file may lie about itself: every size is held against the file's own
 * before it is believed.  Writing functions fail with 74, reading ones with 65. */
#ifndef MPIBERT_IO_CKPT_HDF5_H
#define MPIBERT_IO_CKPT_HDF5_H

#include <stddef.h>
#include <stdint.h>

#include "mpi/comm.h"
#include "src/base/err.h"
#include "src/base/str.h"
#include "src/core/params.h"

struct hdf5; /* opaque: an open file */

/* Rows and columns of a dataset; rank 1 has one column. */
struct extent {
    int rank; /* 1 or 2 */
    int64_t shape[2];
};

/* Local.  A new file to lay out, in memory until hdf5_close writes it to `path`, where
 * no file may be then. */
struct hdf5 *hdf5_create(const char *path, struct err *err);
/* Local.  For reading: 66 not there, 74 not readable, 65 not HDF5 or torn. */
struct hdf5 *hdf5_open(const char *path, struct err *err);
/* Collective.  An existing file for hdf5_write_floats by every rank; opens on all ranks
 * or on none, but where one opens it and cannot read it: HDF5 leaves the others waiting
 * then, until the watchdog ends the job. */
struct hdf5 *hdf5_open_shared(struct comm *comm, const char *path, struct err *err);
/* Local, but collective after hdf5_open_shared, even when a write of this rank failed.
 * A created file gets all of its space on disk here; if that fails, a part of it may be
 * there.  Accepts NULL. */
int hdf5_close(struct hdf5 *file, struct err *err);
/* Local.  Ends a created file without writing it; *memory gets a descriptor of where it
 * lies in memory, owned: the room of datasets without numbers are holes in it. */
int hdf5_close_in_memory(struct hdf5 *file, int *memory, struct err *err);
/* Local.  Ends a created file that is of no use. */
void hdf5_abandon(struct hdf5 *file);

/* All local, into a created file.  Groups on the way to `name` are made. */
/* Room for float32 numbers, allocated but not written. */
int hdf5_add_floats(struct hdf5 *file, const char *name, struct extent extent,
                    struct err *err);
/* Where in the file its numbers begin. */
int hdf5_place(struct hdf5 *file, const char *name, uint64_t *place, struct err *err);
int hdf5_add_bytes(struct hdf5 *file, const char *name, int64_t rows, int64_t columns,
                   const uint8_t *bytes, struct err *err);
/* `count` lines of `width` characters each, without NULs. */
int hdf5_add_lines(struct hdf5 *file, const char *name, const char *lines, size_t count,
                   size_t width, struct err *err);
/* One text, stored with a NUL after it. */
int hdf5_add_text(struct hdf5 *file, const char *name, struct slice text,
                  struct err *err);
/* Attributes of the root. */
int hdf5_set_int(struct hdf5 *file, const char *name, int64_t value, struct err *err);
int hdf5_set_text(struct hdf5 *file, const char *name, const char *text,
                  struct err *err);

/* Local.  Writes elements [span.offset, span.offset + span.count) of a dataset in
 * row-major order.  A fault here leaves the other ranks alone. */
int hdf5_write_floats(struct hdf5 *file, const char *name, struct span span,
                      const float *data, struct err *err);

/* All local, from a file opened for reading. */
int hdf5_find_floats(struct hdf5 *file, const char *name, struct extent *extent,
                     struct err *err);
/* The whole dataset; the caller has room for what hdf5_find_floats said. */
int hdf5_read_floats(struct hdf5 *file, const char *name, float *data, struct err *err);
/* Returns owned *bytes (mem_free). */
int hdf5_read_bytes(struct hdf5 *file, const char *name, struct extent *extent,
                    uint8_t **bytes, struct err *err);
/* Appends all lines to *lines, one after the other; *width is that of each. */
int hdf5_read_lines(struct hdf5 *file, const char *name, struct str *lines,
                    size_t *width, struct err *err);
int hdf5_read_text(struct hdf5 *file, const char *name, struct str *text,
                   struct err *err);
int hdf5_get_int(struct hdf5 *file, const char *name, int64_t *value, struct err *err);
int hdf5_get_text(struct hdf5 *file, const char *name, struct str *text,
                  struct err *err);

#endif
