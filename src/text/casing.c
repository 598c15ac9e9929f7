/* SPDX-License-Identifier: Apache-2.0 */
/* A vocabulary judged by its tokens: see casing.h.  A token that normalisation would
 * change can never be matched.  One in a hundred of such kind means that the text was
 * not normalised so: published uncased vocabularies have one in 8,000, the cased one
 * with the fewest capitals (Hebrew) has 28 in 1,000. */
#include "src/text/casing.h"

#include <stdbool.h>

#include "src/base/utf8.h"
#include "src/text/normalize.h"
#include "src/text/unicode.h"

enum { FEWEST = 10, MANY = 100 }; /* tokens: to say that some are there, that none is */

/* What a token is made of. */
struct traits {
    int characters;
    bool letter, capital, small, ideograph;
};

static struct traits traits_of(struct slice piece) {
    struct traits traits = {0};
    const char *p = piece.data, *end = p + piece.size;
    while (p < end) {
        uint32_t scalar;
        p += utf8_decode(p, end, &scalar); /* vocabularies are UTF-8 */
        const struct unicode_record *record = unicode_of(scalar);
        traits.characters++;
        traits.letter |= (record->flags & UNICODE_LETTER) != 0;
        traits.capital |= record->lower != 0;
        traits.small |= (record->flags & UNICODE_SMALL) != 0;
        traits.ideograph |= (record->flags & UNICODE_CJK) != 0;
    }
    return traits;
}

/* "[MASK]", "[unused7]", "<S>" are no text. */
static bool is_marker(struct slice token) {
    char first = token.data[0], last = token.data[token.size - 1];
    return token.size > 2 &&
           ((first == '[' && last == ']') || (first == '<' && last == '>'));
}

static void add(struct casing_sign *sign, bool there, struct slice token) {
    if (there && sign->count++ == 0)
        sign->example = token;
}

static bool loses_accents(struct normalizer *normalizer, struct slice piece) {
    normalizer_run(normalizer, piece);
    return !slice_equal(str_slice(&normalizer->text), piece);
}

/* Returns whether it is a piece of several characters, and a word of letters. */
static bool judge_token(struct casing *casing, struct normalizer *normalizer,
                        struct slice token, bool continues) {
    struct slice piece = {token.data + 2 * continues,
                          token.size - 2 * (size_t)continues};
    struct traits traits = traits_of(piece);
    add(&casing->alone, traits.characters == 1 && traits.ideograph && !continues,
        token);
    if (traits.characters < 2 || !traits.letter)
        return false;
    add(&casing->capitals, traits.capital, token);
    add(&casing->small, traits.small, token);
    add(&casing->ideographs, traits.ideograph, token);
    add(&casing->accents, loses_accents(normalizer, piece), token);
    return true;
}

static bool are_many(const struct casing_sign *sign, int32_t words) {
    return sign->count >= FEWEST && 100 * (int64_t)sign->count >= words;
}

static bool are_few(const struct casing_sign *sign, int32_t words) {
    return 1000 * (int64_t)sign->count <= words;
}

static void conclude(struct casing *c, int32_t words) {
    c->lowercase = c->strip_accents = c->chinese_chars = CASING_UNKNOWN;
    if (are_many(&c->capitals, words))
        c->lowercase = 0;
    else if (c->small.count >= MANY && are_few(&c->capitals, words))
        c->lowercase = 1;
    if (are_many(&c->accents, words))
        c->strip_accents = 0;
    if (are_many(&c->ideographs, words))
        c->chinese_chars = 0;
    else if (c->alone.count >= MANY && c->ideographs.count == 0)
        c->chinese_chars = 1;
}

void casing_judge(const struct vocab *vocab, struct casing *casing) {
    const struct normalizer_options options = {.strip_accents = true};
    struct normalizer normalizer;
    int32_t words = 0;
    *casing = (struct casing){0};
    normalizer_init(&normalizer, &options);
    for (int32_t id = 0; id < vocab->size; id++) {
        struct slice token = vocab->tokens[id];
        if (vocab_is_live(vocab, id) && !is_marker(token))
            words += judge_token(casing, &normalizer, token, vocab->continues[id]);
    }
    normalizer_fini(&normalizer);
    conclude(casing, words);
}
