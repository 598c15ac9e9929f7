/* SPDX-License-Identifier: Apache-2.0 */
/* README.md of an exported folder: the model card. */
#ifndef MPIBERT_IO_CONVERT_CARD_H
#define MPIBERT_IO_CONVERT_CARD_H

#include "io/convert/convert.h"
#include "src/base/str.h"

/* Appends the card: YAML front matter as Hugging Face's card parser takes it (language,
 * licence, results on held-out text as a model-index), then what the model is, on what
 * it was trained and how, and how to load it.  It claims nothing that the run did not
 * tell: no licence unless it is given one. */
void card_write(const struct export_source *source, const struct export_plan *plan,
                struct str *out);

#endif
