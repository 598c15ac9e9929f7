/* SPDX-License-Identifier: Apache-2.0 */
/* Printing ledgers: see tallies.h. */
#include "src/data/tallies.h"

#include <stdio.h>

void tallies_print(const struct tally *tally) {
    const uint64_t *counters = (const uint64_t *)tally;
    for (int i = 0; i < TALLY_COUNT; i++)
        if (counters[i] > 0)
            printf("  %14llu  %s\n", (unsigned long long)counters[i],
                   tally_sentences[i]);
}

void tallies_print_sources(const struct manifest *manifest, const struct loader *loader,
                           const uint64_t *tokens) {
    double all = 0;
    for (int s = 0; s < manifest->spec_count; s++)
        all += (double)tokens[s];
    for (int s = 0; s < manifest->spec_count; s++)
        printf("  %14llu  tokens of %s: %.2f %% (%.2f %% by weight)\n",
               (unsigned long long)tokens[s], manifest->specs[s].path,
               all > 0 ? 100 * (double)tokens[s] / all : 0,
               100 * loader_share(loader, s));
}

void tallies_print_balance(const struct tally *tally) {
    uint64_t known = tally->text_bytes + tally->markup_bytes + tally->skipped_bytes +
                     tally->damaged_bytes;
    if (known == tally->unpacked_bytes)
        printf("  every byte unpacked is accounted for\n");
    else
        printf("  %lld bytes unpacked are not accounted for\n",
               (long long)(tally->unpacked_bytes - known));
}
