/* SPDX-License-Identifier: Apache-2.0 */
/* Out to, and in from, Hugging Face folders. */
#ifndef MPIBERT_IO_CONVERT_CONVERT_H
#define MPIBERT_IO_CONVERT_CONVERT_H

#include <stdbool.h>

#include "io/convert/story.h"
#include "src/base/err.h"
#include "src/base/str.h"
#include "src/core/config.h"
#include "src/core/params.h"
#include "src/core/vocab.h"

/* Which model class the folder is for: BertForPreTraining, BertForMaskedLM,
 * BertModel. */
enum export_layout { EXPORT_PRETRAINING, EXPORT_MLM, EXPORT_ENCODER };
/* pretraining, mlm, encoder; -1 (64) for an unknown name. */
int export_layout_parse(const char *name, enum export_layout *layout, struct err *err);
/* "BertForPreTraining", … */
const char *export_layout_class(enum export_layout layout);
/* What of a table a layout leaves out, in words ("pooler and next sentence head"), is
 * appended to *out; nothing if it leaves out nothing. */
void export_dropped(const struct params_table *table, enum export_layout layout,
                    struct str *out);

/* What an export is made of; all borrowed. */
struct export_source {
    const struct config
        *config; /* tokenizer flags, dropout, activation, initializer range */
    const struct shape *shape;
    const struct vocab *vocab;
    const struct params *weights; /* a table as model_layout makes it */
    int64_t step;
    uint64_t tokens;
    const char *state_hash;
    const struct story *story; /* for the card; NULL: nothing more is known */
};

/* Whether it can be exported so: 65 for a layout whose tensors the weights lack, or a
 * vocabulary of another size. */
int export_check(const struct export_source *source, enum export_layout layout,
                 struct err *err);
/* Writes model.safetensors, config.json, vocab.txt, tokenizer.json,
 * tokenizer_config.json, special_tokens_map.json, README.md and the tables of
 * data.punkt into `dir` (made if needed), each complete or absent: see destination.h
 * for the folder as a whole.  model.safetensors holds the layout's tensors sorted by
 * name; the decoder's weight and bias are tied and not written.  Checks first, as
 * export_check. */
int export_huggingface(const struct export_source *source, enum export_layout layout,
                       const char *dir, struct err *err);

/* What a folder's JSON files and vocabulary say. */
struct import_header {
    struct str vocab;   /* vocab.txt, byte for byte; owned */
    bool pairs;         /* has a pooler or an NSP head: model_layout's `pairs` */
    int64_t vocab_rows; /* rows of the word embedding (may exceed the vocabulary's) */
};
/* Reads config.json into model.* of *config, tokenizer files into data.*, what an
 * export of ours says about text (text_options.h), and the header; without that
 * data.packing follows header->pairs, and train.sequence_length is no longer than the
 * positions.  What we cannot be (another model_type, position embeddings, activation)
 * and files that contradict each other are 65 and named.  On failure *config holds some
 * of it, and there is no header to fini. */
int import_header(const char *dir, struct config *config, struct import_header *header,
                  struct err *err);
/* Reads model.safetensors into the tensors of params->table.  Understands older names
 * (gamma/beta, no "bert." prefix, position_ids ignored); converts F16 and BF16; leaves
 * out rows beyond the vocabulary.  Names it does not find are appended to *missing, a
 * line each, their values left alone; the encoder's and embeddings' must be there (65).
 * Tensors in the file that nobody asked for go to *unused.  A decoder that is there
 * must equal what it is tied to (65).  All of that is checked before the first value is
 * read. */
int import_weights(const char *dir, struct params *params, struct str *missing,
                   struct str *unused, struct err *err);
void import_header_fini(struct import_header *header);

#endif
