/* SPDX-License-Identifier: Apache-2.0 */
/* The weights of a Hugging Face folder, under our names. */
#ifndef MPIBERT_IO_CONVERT_WEIGHTS_H
#define MPIBERT_IO_CONVERT_WEIGHTS_H

#include "io/convert/classes.h"
#include "io/convert/safetensors.h"
#include "src/base/err.h"

struct weights {
    struct safetensors file;
    char **names; /* ours, of each of file's entries */
};

/* Opens model.safetensors.  65: in shards, or two tensors that are the same to us; 66:
 * not there, with what to do about a pytorch_model.bin. */
int weights_open(struct weights *weights, const char *dir, const struct class *class,
                 struct err *err);
/* The tensor of our name, or NULL. */
const struct safetensors_entry *weights_find(const struct weights *weights,
                                             const char *name);
void weights_close(struct weights *weights);

/* format.h's read_weights.  Understands older names (gamma/beta, no base, position_ids
 * ignored); converts F16 and BF16; leaves out rows beyond the vocabulary.  A decoder
 * that is there must equal what it is tied to (65).  All of that is checked before the
 * first value is read. */
int weights_read(const char *dir, const struct import_header *header,
                 struct params *params, struct str *missing, struct str *unused,
                 struct err *err);

#endif
