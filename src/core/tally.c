/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger's sentences and its sum: see tally.h. */
#include "src/core/tally.h"

const char *const tally_sentences[TALLY_COUNT] = {
#define TALLY_SENTENCE(name, sentence) sentence,
    TALLY(TALLY_SENTENCE)
#undef TALLY_SENTENCE
};

void tally_add(struct tally *to, const struct tally *more) {
#define TALLY_ADD(name, sentence) to->name += more->name;
    TALLY(TALLY_ADD)
#undef TALLY_ADD
}
