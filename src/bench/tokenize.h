/* SPDX-License-Identifier: Apache-2.0 */
/* The tokenizer by the clock. */
#ifndef MPIBERT_BENCH_TOKENIZE_H
#define MPIBERT_BENCH_TOKENIZE_H

#include <stdint.h>

#include "src/core/vocab.h"
#include "src/text/normalize.h"

/* Local.  A text's second half (after the line that holds the middle) on one core, in
 * processor time: with caches filled by its first half, and empty. */
struct bench_tokenize {
    double mb_per_s, mb_per_s_cold; /* medians */
    double tokens_per_s;            /* with filled caches */
    double unknown_share;           /* of the ids */
    uint64_t ids, bytes;            /* of the second half */
    uint64_t cache_bytes;           /* the most that caches may hold */
};
void bench_tokenize(const struct vocab *vocab, const struct normalizer_options *options,
                    struct slice text, struct bench_tokenize *result);

#endif
