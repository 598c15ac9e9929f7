/* SPDX-License-Identifier: Apache-2.0 */
/* Words and phrases no document may have. */
#ifndef MPIBERT_FILTER_BADWORDS_H
#define MPIBERT_FILTER_BADWORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/err.h"
#include "src/base/hash.h"
#include "src/base/map.h"
#include "src/base/str.h"

/* Zero it to begin. */
struct badwords {
    struct map phrases;   /* small letters, a space between words */
    uint64_t firsts[256]; /* a bit for each hash of a first word */
    size_t most_words;    /* of a phrase */
    struct str text;      /* scratch */
    struct hash128 hash;  /* of the file */
};

/* A word or phrase a line, in any case.  66, 74. */
int badwords_read(struct badwords *list, const char *path, struct err *err);
/* Whether one of them is among the words (which may have punctuation around them). */
bool badwords_in(struct badwords *list, const struct slice *words, size_t count);
void badwords_fini(struct badwords *list);

#endif
