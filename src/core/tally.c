/* SPDX-License-Identifier: Apache-2.0 */
/* The sentences of the ledger: see tally.h. */
#include "src/core/tally.h"

const char *const tally_sentences[TALLY_COUNT] = {
#define TALLY_SENTENCE(name, sentence) sentence,
    TALLY(TALLY_SENTENCE)
#undef TALLY_SENTENCE
};
