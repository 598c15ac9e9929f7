/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger's sentences and its sum: see tally.h. */
#include "src/core/tally.h"

const char *const tally_sentences[TALLY_COUNT] = {
#define TALLY_SENTENCE(name, sentence) sentence,
    TALLY(TALLY_SENTENCE)
#undef TALLY_SENTENCE
#define PLACES "places"
#define LINES "lines"
#define DOCUMENTS "documents"
#define RULE(name, unit, kind, wiki, web, books, help)                                 \
    unit " dropped by filter." #name, "bytes of text dropped by filter." #name,
#include "src/core/rules.def"
#undef RULE
#undef DOCUMENTS
#undef LINES
#undef PLACES
};

void tally_add(struct tally *to, const struct tally *more) {
#define TALLY_ADD(name, sentence) to->name += more->name;
    TALLY(TALLY_ADD)
#undef TALLY_ADD
    for (int i = 0; i < RULE_COUNT; i++) {
        to->rules[i].dropped += more->rules[i].dropped;
        to->rules[i].bytes += more->rules[i].bytes;
    }
}
