/* SPDX-License-Identifier: Apache-2.0 */
/* Readers find the documents in a member's bytes, one reader a format.  A new format is
 * a file with two functions and a row in the table of reader.c. */
#ifndef MPIBERT_IO_READERS_READER_H
#define MPIBERT_IO_READERS_READER_H

#include "io/readers/input.h"
#include "src/base/err.h"
#include "src/base/str.h"

/* What is longer is handed out in several documents, cut at a line. */
enum { READER_DOCUMENT_MAX = 64 << 20, READER_LOOK_BYTES = 4096 };
/* A bid below this is a guess, and what has a signature (io/signature.h) is not guessed
 * at. */
enum { READER_SURE = 50 };

struct reader;

struct reader_format {
    const char *name; /* what data.sources[i].format says */
    /* How sure it is that this is its format, from a member's first bytes
     * (READER_LOOK_BYTES of them, without BOM) and its name: 0 not, 1 if nobody else,
     * 100 certainly. */
    int (*bid)(struct slice head, const char *name);
    /* Makes the next document of reader->in, with reader_add or in reader->text and
     * reader->stored: 1 (also if it has no text), 0 end, -1. */
    int (*next)(struct reader *reader, struct err *err);
    /* Frees reader->machine; NULL if it has none. */
    void (*close)(struct reader *reader);
};

extern const struct reader_format reader_files, reader_gutenberg, reader_blankline,
    reader_lines, reader_sentences, reader_wikiextractor, reader_mediawiki,
    reader_cirrus, reader_jsonl, reader_wet, reader_tei;

/* Zero it to begin. */
struct reader {
    const struct reader_format *format;
    struct input *in;     /* borrowed */
    const char *text_key; /* of JSON lines, NULL: the usual ones; borrowed */
    int state;            /* the format's own; 0 when a member begins */
    uint64_t count;       /* alike */
    struct str text;      /* the document being made */
    uint64_t stored;      /* bytes of the member that became text */
    struct str url;       /* of the document, empty if not said: see core/doc.h */
    struct str language;  /* alike */
    struct str note;      /* the format's own: a title, a record's header */
    struct str scratch;   /* the format's own, within one line */
    void *machine;        /* the format's own, kept from member to member */
};

/* The format of a name; NULL for "auto" and NULL.  -1 (78) for an unknown one. */
int reader_find(const char *name, const struct reader_format **format, struct err *err);
/* The format that bids most, or NULL if nobody bids, or by a guess for what has a
 * signature. */
const struct reader_format *reader_choose(struct slice head, const char *name);
/* Begins on what `in` holds; text_key NULL or "auto": the usual ones. */
void reader_begin(struct reader *reader, const struct reader_format *format,
                  struct input *in, const char *text_key);
/* The next document, counted, in reader->text: 1 with text, 2 without (counted as
 * empty), 0 end, -1. */
int reader_next(struct reader *reader, struct err *err);
void reader_fini(struct reader *reader);

/* For formats.  Appends a line to the document; blank ones count as markup, and several
 * of them as one. */
void reader_add(struct reader *reader, const struct line *line);
/* Counts a line that is no text. */
void reader_markup(struct reader *reader, const struct line *line);
/* Counts and reports a line, just taken, that is no object of JSON from its byte
 * `wrong` on: as input_damage. */
int reader_bad_json(struct reader *reader, const struct line *line, size_t wrong,
                    struct err *err);
/* Makes CRLF LF, in place. */
void reader_fold_lines(struct str *text);
/* Appends a code point, which is none of the surrogates, as UTF-8. */
void reader_append_utf8(struct str *out, uint32_t c);
/* Whether the document has reached its limit and is to be handed out. */
bool reader_full(const struct reader *reader);
bool line_is_blank(const struct line *line);
bool reader_name_ends(const char *name, const char *suffix);

#endif
