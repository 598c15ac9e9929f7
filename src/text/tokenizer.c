/* SPDX-License-Identifier: Apache-2.0 */
/* The three machines in a row: a text is normalised as a whole into scratch memory,
 * then its words are cut off and looked up one by one. */
#include "src/text/tokenizer.h"

#include "src/base/mem.h"
#include "src/text/pretokenize.h"
#include "src/text/wordpiece.h"

struct tokenizer {
    struct normalizer normalizer;
    struct wordpiece *wordpiece;
};

_Static_assert((int)NORMALIZE_PADDING >= (int)WORDPIECE_PADDING,
               "words are looked up where they lie");

struct tokenizer *tokenizer_create(const struct vocab *vocab,
                                   const struct normalizer_options *options) {
    struct tokenizer *tokenizer = mem_alloc(1, sizeof *tokenizer);
    normalizer_init(&tokenizer->normalizer, options);
    tokenizer->wordpiece = wordpiece_create(vocab);
    return tokenizer;
}

size_t tokenizer_encode(struct tokenizer *tokenizer, struct slice text,
                        struct ids *ids) {
    size_t bad = normalizer_run(&tokenizer->normalizer, text);
    struct slice rest = str_slice(&tokenizer->normalizer.text), word;
    while (pretokenize_next(&rest, &word))
        wordpiece_encode(tokenizer->wordpiece, word, ids);
    return bad;
}

void tokenizer_destroy(struct tokenizer *tokenizer) {
    if (tokenizer == NULL)
        return;
    normalizer_fini(&tokenizer->normalizer);
    wordpiece_destroy(tokenizer->wordpiece);
    mem_free(tokenizer);
}
