/* SPDX-License-Identifier: Apache-2.0 */
/* What the files behind hdf5.h share: an open file, and how it says what went wrong. */
#ifndef MPIBERT_IO_CKPT_HDF5_PARTS_H
#define MPIBERT_IO_CKPT_HDF5_PARTS_H

#include <hdf5.h>

#include "io/ckpt/hdf5.h"

/* Of an attribute; so long are those that are read. */
enum { HDF5_ATTRIBUTE_BYTES = 1 << 16 };

struct hdf5 {
    hid_t id;
    hid_t layout;   /* how a dataset is stored */
    char *path;     /* owned; for messages */
    uint64_t bytes; /* the file's size when it was opened for reading */
    int fault;      /* enum err_code of what goes wrong */
    int memory;     /* where a created file is until it is closed, else -1 */
};

/* "FILE: cannot VERB NAME: " and the reason that HDF5 gives.  -1. */
int hdf5_fail(const struct hdf5 *file, struct err *err, const char *verb,
              const char *name);

#endif
