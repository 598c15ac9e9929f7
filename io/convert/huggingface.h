/* SPDX-License-Identifier: Apache-2.0 */
/* The row of Hugging Face folders: config.json, model.safetensors and the tokenizer's
 * files, as transformers loads and saves them. */
#ifndef MPIBERT_IO_CONVERT_HUGGINGFACE_H
#define MPIBERT_IO_CONVERT_HUGGINGFACE_H

#include "io/convert/format.h"

extern const struct format huggingface_format;

/* format.h's read_header, in huggingface_read.c.  Without what an export of ours says
 * about text (text_options.h) data.packing is pairs if there is a head for them, and
 * train.sequence_length is no longer than the positions. */
int huggingface_read_header(const char *dir, struct config *config,
                            struct import_header *header, struct err *err);

#endif
