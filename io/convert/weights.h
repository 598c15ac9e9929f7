/* SPDX-License-Identifier: Apache-2.0 */
/* The weights of a Hugging Face folder, under our names. */
#ifndef MPIBERT_IO_CONVERT_WEIGHTS_H
#define MPIBERT_IO_CONVERT_WEIGHTS_H

#include "io/convert/safetensors.h"
#include "src/base/err.h"

struct weights {
    struct safetensors file;
    char **names; /* ours, of each of file's entries */
};

/* Opens model.safetensors.  65: in shards, or two tensors that are the same to us; 66:
 * not there, with what to do about a pytorch_model.bin. */
int weights_open(struct weights *weights, const char *dir, struct err *err);
/* The tensor of our name, or NULL. */
const struct safetensors_entry *weights_find(const struct weights *weights,
                                             const char *name);
void weights_close(struct weights *weights);

#endif
