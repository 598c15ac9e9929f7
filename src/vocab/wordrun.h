/* SPDX-License-Identifier: Apache-2.0 */
/* A sorted run of counted words in a file without a name, which goes when it is closed,
 * however the program ends: what does not fit into memory. */
#ifndef MPIBERT_VOCAB_WORDRUN_H
#define MPIBERT_VOCAB_WORDRUN_H

#include <stdint.h>
#include <stdio.h>

#include "src/base/err.h"
#include "src/base/str.h"

struct wordrun {
    FILE *file;
    const char *folder; /* borrowed, for messages */
    struct str word;    /* the record that wordrun_next has read */
    uint64_t count;
};

/* Makes an empty run in a folder.  0, or -1 (66, 74). */
int wordrun_create(struct wordrun *run, const char *folder, struct err *err);
/* Appends a word (not empty); the caller keeps the order. */
int wordrun_put(struct wordrun *run, struct slice word, uint64_t count,
                struct err *err);
/* Ends writing, and goes to the first record. */
int wordrun_rewind(struct wordrun *run, struct err *err);
/* Reads the next record: 1, 0 at the end, -1 (74). */
int wordrun_next(struct wordrun *run, struct err *err);
/* Accepts a zeroed one. */
void wordrun_close(struct wordrun *run);

/* As memcmp, a prefix before what it begins. */
int wordrun_compare(struct slice a, struct slice b);

#endif
