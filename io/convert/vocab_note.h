/* SPDX-License-Identifier: Apache-2.0 */
/* What stands beside a vocabulary file about the text that it is for: our own note
 * (vocab.txt.json beside vocab.txt), or the tokenizer files of a Hugging Face folder.
 */
#ifndef MPIBERT_IO_CONVERT_VOCAB_NOTE_H
#define MPIBERT_IO_CONVERT_VOCAB_NOTE_H

#include <stdint.h>

#include "src/base/err.h"
#include "src/base/str.h"

enum { NOTE_UNSAID = -1 }; /* besides 0 and 1 */

struct vocab_note {
#define TEXT_FLAG(name, owner) int name;
#include "src/core/text_flags.def"
#undef TEXT_FLAG
    struct str source; /* the file that says so; empty: there is none */
};

/* All unsaid. */
void vocab_note_init(struct vocab_note *note);
/* How a vocabulary was learnt, for the note of its making. */
struct vocab_making {
    int64_t size, min_count, min_word_count, letters, unused, multiple;
    double coverage;
    const char *by, *filter; /* "count" or "likelihood"; a preset or "none" */
};

/* Writes the note of a vocabulary file with that text. */
int vocab_note_write(const char *vocab_path, struct slice text,
                     const struct vocab_note *note, const struct vocab_making *making,
                     struct err *err);
/* Reads what stands beside a vocabulary file; all unsaid where nothing does, or where
 * our note was made for another text (with a warning).  65: no JSON, or files that
 * contradict each other. */
int vocab_note_read(const char *vocab_path, struct slice text, struct vocab_note *note,
                    struct err *err);
void vocab_note_fini(struct vocab_note *note);

#endif
