/* SPDX-License-Identifier: Apache-2.0 */
/* A member's bytes as a reader wants them: line by line, with every byte accounted for
 * and every damaged place reported.  Damage in the packing ends the input as the
 * member's end does (`cut` says so); the shard then starts the reader again on what
 * lies after it. */
#ifndef MPIBERT_IO_READERS_INPUT_H
#define MPIBERT_IO_READERS_INPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "io/stream.h"
#include "io/witness.h"
#include "src/base/err.h"
#include "src/base/str.h"
#include "src/core/tally.h"

enum { INPUT_LINE_MAX = 16 << 20 };

struct input {
    struct stream *stream; /* borrowed, as is all that follows */
    struct tally *tally;
    const char *path;
    const char *member;      /* "" for a plain file */
    double *unpacking;       /* seconds spent below, or NULL */
    struct witness *witness; /* NULL: nobody */
    bool stop_on_damage;
    bool quiet;
    bool cut; /* it ends by damage, not by the member's end */
    bool ended;
    uint64_t offset;     /* of the window in the member, unpacked */
    uint64_t warnings;   /* given for this shard */
    struct str first;    /* what was first complained of in this shard */
    struct slice window; /* bytes not yet taken */
    struct str held;  /* what window points into, when it is not the stream's block */
    struct str spare; /* held's next self */
    struct str line;  /* a line that lay across blocks */
};

/* A line without its LF or CRLF; `stored` counts them too. */
struct line {
    struct slice text;
    uint64_t stored;
};

/* Zero it, set the borrowed fields, then begin each member, or go on after a cut. */
void input_begin(struct input *in, const char *member);
void input_resume(struct input *in);
void input_fini(struct input *in);
/* Notes the time since `start`, a timer_used, as spent on unpacking. */
void input_unpacked(struct input *in, double start);

/* Whether all is taken, and damage was why. */
bool input_is_cut(const struct input *in);
/* The next `size` bytes, fewer only at the end; borrowed until the next call, and not
 * taken. 0, or -1 as input_line. */
int input_peek(struct input *in, size_t size, struct slice *bytes, struct err *err);
/* Takes the next line, but at most `limit` bytes: 1, borrowed until the next call; 0
 * end; -1 (74, or 65 where damage stops the run).  Longer lines than INPUT_LINE_MAX are
 * dropped as damaged, and so is a line that damage cuts. */
int input_line(struct input *in, uint64_t limit, struct line *line, struct err *err);
/* Takes bytes that are at hand, at most `limit`: 1, borrowed until the next call; 0
 * end; -1. */
int input_some(struct input *in, size_t limit, struct slice *bytes, struct err *err);
/* Appends the next `size` bytes to *out, fewer only at the end.  0 or -1. */
int input_bytes(struct input *in, uint64_t size, struct str *out, struct err *err);
/* Passes over up to `size` bytes; counts in *passed.  0 or -1. */
int input_pass(struct input *in, uint64_t size, uint64_t *passed, struct err *err);
/* Gives bytes back: they are the next to be taken.  Copies them. */
void input_unread(struct input *in, struct slice bytes);

/* A damaged place at `offset` of the member: counted, and reported unless quiet.  0, or
 * -1 (65) if damage is to stop the run.  Dropped bytes are the caller's to count. */
int input_damage(struct input *in, uint64_t offset, struct err *err, const char *format,
                 ...) __attribute__((format(printf, 4, 5)));
/* The same for damage in the packing, found between members. */
int input_fault(struct input *in, const struct err *fault, struct err *err);
/* What is not read, and why ("is a zip archive: skipped"): named, and counted as
 * unread.  0, or -1 (65) if damage is to stop the run. */
int input_refuse(struct input *in, struct err *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* At the end of a shard: how many warnings there were, if not all were given. */
void input_sum_up(struct input *in);
/* The witness counts a record or page or file of this kind: "WARC", "conversion". */
void input_kind(struct input *in, const char *what, struct slice name);
/* A warning that is not about damage. */
void input_warn(struct input *in, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
