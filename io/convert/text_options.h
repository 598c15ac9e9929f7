/* SPDX-License-Identifier: Apache-2.0 */
/* The options that decide how text is read for a model and that no other file of a
 * Hugging Face folder has a place for: where sentences end, how examples are packed,
 * how long they are.  They go along under the key `mpibert` of config.json, so that
 * held-out text is to the folder what it is to the checkpoint.  transformers keeps the
 * key and does not read it. */
#ifndef MPIBERT_IO_CONVERT_TEXT_OPTIONS_H
#define MPIBERT_IO_CONVERT_TEXT_OPTIONS_H

#include "io/syntax/json.h"
#include "src/base/err.h"
#include "src/core/config.h"

#define TEXT_OPTIONS_KEY "mpibert"

/* Puts the member: option names with typed values.  data.punkt, a folder on somebody's
 * disk, is put as "." if `punkt`, and else left out. */
void text_options_put(struct json_writer *json, const struct config *config,
                      bool punkt);
/* Sets *config from the member of `root`, which is `dir`/config.json; nothing where
 * there is none.  A name that is no such option is a warning, a bad value 65. */
int text_options_read(const struct json *root, const char *dir, struct config *config,
                      struct err *err);

/* Copies the tables of data.punkt into `dir`.  1: they are there; 0: none are set, or
 * they cannot be read any more, which is warned of; -1: they cannot be written. */
int text_options_copy_punkt(const struct config *config, const char *dir,
                            struct err *err);
/* The names of these tables. */
#define TEXT_OPTIONS_PUNKT                                                             \
    "abbrev_types.txt", "collocations.tab", "sent_starters.txt", "ortho_context.tab"

#endif
