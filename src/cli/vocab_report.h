/* SPDX-License-Identifier: Apache-2.0 */
/* What `mpibert vocab` says of its work: to a human, or as one JSON object. */
#ifndef MPIBERT_CLI_VOCAB_REPORT_H
#define MPIBERT_CLI_VOCAB_REPORT_H

#include <stdbool.h>

#include "src/vocab/learning.h"
#include "src/vocab/wordcount.h"

/* A text and what the vocabulary makes of it. */
struct vocab_text {
    struct wordcount counts;
    struct fit fit;
};

struct vocab_report {
    const char *out;         /* the file that was written */
    int64_t tokens;          /* its lines */
    int64_t size, min_count; /* that were asked for */
    bool lowers, strips;     /* what was done to the text */
    const struct learning *learning;
    const struct vocab_text *training, *heldout; /* heldout: NULL if none was given */
    double seconds;                              /* the whole command */
    double peak_bytes, words_bytes; /* a rank at most: all memory; its words */
};

/* On standard output. */
void vocab_report_print(const struct vocab_report *report);
void vocab_report_json(const struct vocab_report *report);

#endif
