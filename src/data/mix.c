/* SPDX-License-Identifier: Apache-2.0 */
/* Mixtures: see mix.h.  The greatest deficit is found in integers, so that shares are
 * exact to a document, the same on any machine, and need no state but the counts of
 * tokens that cursors have anyway.
 *
 * The temperature is that of multilingual BERT and XLM-R (Devlin 2018; Conneau et al.
 * 2020, alpha = 1/T): 1 takes sources by their size, more evens them out.  A size must
 * be known before anything is read, so it is estimated from what is stored. */
#include "src/data/mix.h"

#include <math.h>

#include "src/base/die.h"
#include "src/base/mem.h"
#include "src/data/deal.h"

/* What a source asks for, in any unit. */
static double raw_weight(const struct config *config, const struct manifest *manifest,
                         int s) {
    double weight = manifest->specs[s].weight, bytes = 0;
    CHECK(weight > 0);
    if (isnan(config->data_temperature))
        return weight;
    for (int row = 0; row < manifest->shard_count; row++)
        if (manifest->shards[row].source == s)
            bytes += (double)deal_text_bytes(&manifest->shards[row]);
    return pow(weight * (bytes > 0 ? bytes : 1), 1 / config->data_temperature);
}

uint64_t *mix_weights(const struct config *config, const struct manifest *manifest) {
    uint64_t *weights = mem_alloc((size_t)manifest->spec_count, sizeof *weights);
    double total = 0;
    for (int s = 0; s < manifest->spec_count; s++)
        total += raw_weight(config, manifest, s);
    for (int s = 0; s < manifest->spec_count; s++) {
        double share = raw_weight(config, manifest, s) / total;
        uint64_t weight = (uint64_t)llrint(share * 0x1p32);
        weights[s] = weight > 0 ? weight : 1;
    }
    return weights;
}

double mix_share(const uint64_t *weights, int count, int s) {
    double total = 0;
    for (int i = 0; i < count; i++)
        total += (double)weights[i];
    return (double)weights[s] / total;
}

int mix_turn(const uint64_t *weights, const struct source *sources, int count) {
    unsigned __int128 tokens = 0, total = 0;
    __int128 most = 0;
    int best = -1;
    for (int s = 0; s < count; s++) {
        tokens += sources[s].place.tokens;
        total += weights[s];
    }
    for (int s = 0; s < count; s++) {
        __int128 deficit = (__int128)(weights[s] * tokens) -
                           (__int128)(total * sources[s].place.tokens);
        if (best >= 0 && deficit <= most)
            continue;
        best = s;
        most = deficit;
    }
    return best;
}
