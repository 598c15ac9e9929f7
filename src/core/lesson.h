/* SPDX-License-Identifier: Apache-2.0 */
/* A lesson: what a teacher said of some sequences, kept, so that it can be told later
 * or elsewhere: targets (targets.h) that own their numbers, one sequence after the
 * other.
 *
 * It lies in parts, each of which is a run of numbers of one kind: how many there are
 * of a sequence, or of a row, stands in another part.  Parts are what is written to a
 * file and sent to other ranks; they say all, and the same lesson is the same bytes. */
#ifndef MPIBERT_CORE_LESSON_H
#define MPIBERT_CORE_LESSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/str.h"
#include "src/core/batch.h"
#include "src/core/targets.h"

enum lesson_part {
    LESSON_HASHES, /* uint64, of each sequence: batch_hash_sequence of its plain text */
    LESSON_ROWS,   /* int32, of each sequence: how many of its rows were masked */
    LESSON_STATES, /* float32, of each row: the teacher's width */
    LESSON_LOGITS_COUNTS, /* int32, of each row: how many logits */
    LESSON_LOGITS_AT,     /* int32, of each logit: of which token; none: of all */
    LESSON_LOGITS,        /* float32 */
    LESSON_CODES_COUNTS,  /* likewise of codes: of which atom */
    LESSON_CODES_AT,
    LESSON_CODES,     /* float32 */
    LESSON_TOKENS,    /* int32, of each sequence: how many tokens */
    LESSON_ATTENTION, /* float32, of each token: 3 · attended */
    LESSON_PARTS
};

/* What is kept. */
struct lesson_shape {
    uint32_t kinds;        /* a set of enum target_kind */
    int64_t width;         /* numbers of a state */
    int64_t tokens, atoms; /* that logits and codes are of */
    int64_t attended;      /* numbers of queries, of keys, of values */
};

/* Zero it, but for its shape, to begin. */
struct lesson {
    struct lesson_shape shape;
    struct str parts[LESSON_PARTS]; /* owned, as those below */
    int64_t sequences, rows;        /* as counted by lesson_index */
    int64_t *row_starts;            /* (sequences + 1) */
    int64_t *token_starts;          /* (sequences + 1) */
    int64_t *logit_starts;          /* (rows + 1) */
    int64_t *code_starts;           /* (rows + 1) */
};

/* "logits/at", and bytes of one of its numbers. */
struct lesson_part_words {
    const char *name;
    size_t bytes;
};
extern const struct lesson_part_words lesson_parts[LESSON_PARTS];

/* Appends sequences first … first+count-1 of a batch before it was masked, and what was
 * said of them: said's rows begin with those of `first`. */
void lesson_add(struct lesson *lesson, const struct batch *text, int64_t first,
                int64_t count, const struct targets *said);
/* Counts what was added, or came from elsewhere: to be done before it is looked at.
 * false: its parts do not fit each other or its shape; then it is empty. */
bool lesson_index(struct lesson *lesson);
/* Whether a sequence of it is sequence b of a batch before it was masked. */
bool lesson_is_of(const struct lesson *lesson, int64_t sequence,
                  const struct batch *text, int64_t b);
/* What was said of sequences first … first+count-1; borrowed until the lesson changes.
 * Of temperature and heads it knows nothing. */
struct targets lesson_tell(const struct lesson *lesson, int64_t first, int64_t count);
/* Bytes of all parts. */
size_t lesson_bytes(const struct lesson *lesson);
/* About how many those would be of so many sequences, masked rows and tokens, of each
 * of which rows so many logits and codes are kept. */
struct lesson_counts {
    double sequences, rows, tokens, logits, codes;
};
double lesson_foretell(const struct lesson_shape *shape,
                       const struct lesson_counts *counts);
/* Appends it to *bytes, for who is elsewhere. */
void lesson_pack(const struct lesson *lesson, struct str *bytes);
/* Appends what was packed to a lesson of the same shape; false: that it is not. */
bool lesson_unpack(struct lesson *lesson, struct slice bytes);
/* Forgets the sequences, keeps shape and memory. */
void lesson_clear(struct lesson *lesson);
void lesson_fini(struct lesson *lesson);

#endif
