/* SPDX-License-Identifier: Apache-2.0 */
/* Counted words in bounded memory: a table, and on disk sorted runs of what did not
 * fit. Exact: nothing is dropped for being rare. */
#ifndef MPIBERT_VOCAB_WORDSTORE_H
#define MPIBERT_VOCAB_WORDSTORE_H

#include <stddef.h>
#include <stdint.h>

#include "src/base/map.h"
#include "src/vocab/wordrun.h"

enum { WORDSTORE_RUNS = 64 }; /* more are merged into one */

struct wordstore {
    struct map words;
    size_t limit_bytes; /* of the table; it is at least one block of an arena */
    const char *folder; /* borrowed: where runs go */
    struct wordrun runs[WORDSTORE_RUNS];
    int run_count;
    uint64_t spills; /* runs written so far */
    size_t peak_bytes;
    /* a walk: a place in the table, or runs by their next word, the first on top */
    size_t place;
    int heap[WORDSTORE_RUNS], heap_count;
    struct str word;
};

void wordstore_init(struct wordstore *store, size_t limit_bytes, const char *folder);
/* The word (not empty) occurs `count` more times.  0, or -1: 66, 74 of the folder. */
int wordstore_add(struct wordstore *store, struct slice word, uint64_t count,
                  struct err *err);
/* Begins a walk over all words, each once and with its whole count, in no order to rely
 * on.  More may be added when it has ended. */
int wordstore_begin(struct wordstore *store, struct err *err);
/* The next word, borrowed until the next call: 1, 0 at the end, -1 (74). */
int wordstore_next(struct wordstore *store, struct slice *word, uint64_t *count,
                   struct err *err);
/* Accepts a zeroed one. */
void wordstore_fini(struct wordstore *store);

#endif
