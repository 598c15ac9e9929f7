/* SPDX-License-Identifier: Apache-2.0 */
/* README.md of an exported folder: the model card. */
#ifndef MPIBERT_IO_CONVERT_CARD_H
#define MPIBERT_IO_CONVERT_CARD_H

#include "io/convert/convert.h"
#include "src/base/str.h"

/* Appends the card: YAML front matter, then what the model is, how it came to be and
 * how to load it.  It claims nothing that the program does not know: no licence, no
 * language. */
void card_write(const struct export_source *source, enum export_layout layout,
                struct str *out);

#endif
