/* SPDX-License-Identifier: Apache-2.0 */
/* Text as BERT's words see it: Hugging Face's BertNormalizer, over any bytes. */
#ifndef MPIBERT_TEXT_NORMALIZE_H
#define MPIBERT_TEXT_NORMALIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/str.h"

/* BertNormalizer's four booleans, and one of our own. */
struct normalizer_options {
    bool clean_text;    /* drop what is not text, make white space ' ' */
    bool chinese_chars; /* a space before and after each ideograph */
    bool strip_accents; /* NFD without category Mn */
    bool lowercase;     /* character by character */
    bool dotted_i;      /* before that: I becomes dotless, and I with a dot becomes i */
};

/* Scratch memory of one stream of texts. */
struct normalizer {
    struct normalizer_options options;
    struct str text;     /* what the last text became: well-formed UTF-8, and after it
                            NORMALIZE_PADDING bytes that may be read */
    struct str undotted; /* the text, where dotted_i changed it */
    uint64_t *marks;     /* combining marks not yet in order: see normalize.c */
    size_t mark_count, mark_capacity;
    uint8_t ascii[128]; /* what each ASCII byte becomes, or a byte over 127: dropped */
};

enum { NORMALIZE_PADDING = 16 };

void normalizer_init(struct normalizer *normalizer,
                     const struct normalizer_options *options);
/* Puts the normal form of a text into normalizer->text, in place of the last.  Returns
 * the bytes that were dropped because they are ill-formed UTF-8. */
size_t normalizer_run(struct normalizer *normalizer, struct slice text);
/* What dotted_i does to a text, into *out: it then has no I left, with or without a
 * dot. */
struct slice normalizer_undot(struct str *out, struct slice text);
void normalizer_fini(struct normalizer *normalizer);

#endif
