/* SPDX-License-Identifier: Apache-2.0 */
/* One pass over a text, line by line, that counts all that rules judge by.
 *
 * An item is what stands between spaces, a word an item with a letter or digit; a token
 * is a run of letters, marks and digits, a plain word a token of two letters or more
 * with no capital but the first.  Sentences are counted by a rule of thumb, faster than
 * sentence.h cuts them and within a percent of it on prose. */
#ifndef MPIBERT_FILTER_MEASURE_H
#define MPIBERT_FILTER_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/err.h"
#include "src/base/map.h"
#include "src/base/str.h"

/* Of the lines taken so far; characters without line ends. */
struct measure {
    uint64_t chars, letters, upper, digits;
    uint64_t foreign;     /* letters outside the alphabet */
    uint64_t punctuation; /* ASCII punctuation marks */
    uint64_t items, words, word_chars, lettered_words;
    uint64_t plain_words;
    uint64_t sentences, wordless_sentences; /* without a plain word */
    uint64_t hashes, ellipses, curly_brackets, lorem_ipsum;
    uint64_t lines; /* with an item, as all of these: */
    uint64_t long_lines, short_lines, ended_lines, bullet_lines, ellipsis_lines;
    uint64_t stop_words; /* a bit for each that occurs, until there are enough */
};

/* Of the line measured last. */
struct line_facts {
    uint64_t items, words, longest_word; /* characters */
    bool javascript, policy; /* it speaks of javascript; of cookies, privacy, terms */
    bool ended;              /* in a mark that ends sentences, or a quotation mark */
    bool ellipsis;           /* in ... */
};

struct measurer {
    struct measure sum;
    struct line_facts line;
    struct slice *items; /* (sum.items), borrowed from the lines, if they are wanted */
    size_t item_room;
    bool wants_items;

    uint32_t ascii[256];      /* what a letter or digit counts as, packed; 0: others */
    uint8_t *alphabet;        /* a bit for each scalar of the BMP, or NULL */
    struct map stop_words;    /* to their bits */
    size_t longest_stop_word; /* bytes */
    int enough_stop_words;    /* 0: they are not wanted */

    uint32_t last_mark; /* the line ends in it so far; 0: in no mark */
    size_t last_run;    /* so often */
    bool open;          /* a sentence has begun */
    uint64_t began;     /* at so many plain words */
    bool stopped;       /* and ends here, if the next word likes to begin one */
    bool initial;       /* the token before may be abbreviated by a full stop */
};

/* `alphabet` ("a-zåäö", NULL: none) and `stop_words` ("the,of", at most 64) are read
 * here; 78 if they make no sense.  Finish with measurer_fini either way. */
int measurer_init(struct measurer *m, const char *alphabet, const char *stop_words,
                  struct err *err);
/* Before a document. */
void measurer_clear(struct measurer *m);
/* Adds a line (without its LF); spans borrow it. */
void measurer_line(struct measurer *m, struct slice line);
void measurer_fini(struct measurer *m);

#endif
