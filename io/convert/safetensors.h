/* SPDX-License-Identifier: Apache-2.0 */
/* The safetensors format: u64 N | N bytes of JSON | data.  The JSON names every tensor
 * with its type, shape and place in the data; nothing in the data is unnamed, nothing
 * is named twice. */
#ifndef MPIBERT_IO_CONVERT_SAFETENSORS_H
#define MPIBERT_IO_CONVERT_SAFETENSORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/arena.h"
#include "src/base/err.h"

enum {
    SAFETENSORS_RANK = 8,           /* most dimensions that we read */
    SAFETENSORS_HEADER = 100000000, /* most bytes of JSON, as in the reference reader */
};

struct safetensors_entry {
    const char *name;
    const char *dtype; /* "F32", "BF16", "I64", … */
    int rank;
    int64_t shape[SAFETENSORS_RANK];
    uint64_t count;      /* elements */
    uint64_t begin, end; /* bytes within the data */
};

/* An open file whose header has been believed: every size agrees with every other. */
struct safetensors {
    char *path;
    int fd;
    uint64_t data_start;
    struct safetensors_entry *entries; /* in the order of the data */
    int count;
    struct arena strings;
};

/* 0, or -1: 66 or 74 for the file system's faults, 65 for a header that lies. */
int safetensors_open(struct safetensors *file, const char *path, struct err *err);
/* The entry of a name, or NULL. */
const struct safetensors_entry *safetensors_find(const struct safetensors *file,
                                                 const char *name);
/* Whether it can be read: F32, F16 or BF16. */
bool safetensors_is_float(const struct safetensors_entry *entry);
/* Elements first … first+count-1 of such an entry as floats.  Halves are converted: no
 * digit is lost. */
int safetensors_read(const struct safetensors *file,
                     const struct safetensors_entry *entry, uint64_t first,
                     uint64_t count, float *out, struct err *err);
void safetensors_close(struct safetensors *file);

/* One tensor to write; all borrowed. */
struct safetensors_item {
    const char *name;
    int rank;
    const int64_t *shape;
    const float *data;
    size_t count; /* elements: the shape's product */
};

/* Writes F32 tensors, sorted by name (items are reordered), data beginning at a
 * multiple of 64 bytes, the metadata {"format":"pt"} that transformers insists on.
 * Complete or absent; the weights are written from where they lie. */
int safetensors_write(const char *path, struct safetensors_item *items, int count,
                      struct err *err);

#endif
