/* SPDX-License-Identifier: Apache-2.0 */
/* The tokenizer by the clock: see tokenize.h. */
#include "src/bench/tokenize.h"

#include <string.h>

#include "src/base/timer.h"
#include "src/bench/median.h"
#include "src/text/tokenizer.h"

enum {
    WINDOWS = 7,
    LEAST_BYTES = 8 << 20, /* timed at once: short texts several times */
};

/* Seconds for `timed`, after the tokenizer has seen `before`. */
static double tokenize_window(const struct vocab *vocab,
                              const struct normalizer_options *options,
                              struct slice before, struct slice timed,
                              struct ids *ids) {
    double seconds = 0;
    size_t times = 1 + LEAST_BYTES / (timed.size + 1);
    for (size_t i = 0; i < times; i++) {
        struct tokenizer *tokenizer = tokenizer_create(vocab, options);
        ids->count = 0;
        tokenizer_encode(tokenizer, before, ids);
        ids->count = 0;
        double start = timer_used();
        tokenizer_encode(tokenizer, timed, ids);
        seconds += timer_used() - start;
        tokenizer_destroy(tokenizer);
    }
    return seconds / (double)times;
}

void bench_tokenize(const struct vocab *vocab, const struct normalizer_options *options,
                    struct slice text, struct bench_tokenize *result) {
    const char *middle =
        memchr(text.data + text.size / 2, '\n', text.size - text.size / 2);
    size_t first = middle ? (size_t)(middle + 1 - text.data) : text.size / 2;
    struct slice a = {text.data, first}, b = {text.data + first, text.size - first};
    double warm[WINDOWS], cold[WINDOWS];
    struct ids ids = {0};
    for (int w = 0; w < WINDOWS; w++) {
        cold[w] = tokenize_window(vocab, options, (struct slice){NULL, 0}, b, &ids);
        warm[w] = tokenize_window(vocab, options, a, b, &ids);
    }
    size_t unknown = 0;
    for (size_t i = 0; i < ids.count; i++)
        unknown += ids.data[i] == vocab->unk;
    double seconds = bench_median(warm, WINDOWS);
    *result = (struct bench_tokenize){
        .mb_per_s = 1e-6 * (double)b.size / seconds,
        .mb_per_s_cold = 1e-6 * (double)b.size / bench_median(cold, WINDOWS),
        .tokens_per_s = (double)ids.count / seconds,
        .unknown_share = ids.count ? (double)unknown / (double)ids.count : 0,
        .ids = ids.count,
        .bytes = b.size,
        .cache_bytes = tokenizer_cache_bytes(),
    };
    ids_fini(&ids);
}
