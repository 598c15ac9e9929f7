/* SPDX-License-Identifier: Apache-2.0 */
/* Mixtures: see mix.h.  The greatest deficit is found in integers, so that it is the
 * same on any machine, and needs no state but the counts of tokens in cursors.
 *
 * What is to have the asked shares is what the model sees.  A document's tokens may be
 * seen twice (as a random half), once, or not at all (cut off), and how often depends
 * on how long documents and sentences are, so that of two sources read alike one is
 * seen some percents more.  Hence a source's tokens in the block being read are
 * reckoned by the yield that it had so far; at the block's end they are counted.
 *
 * The temperature is that of multilingual BERT and XLM-R (Devlin 2018; Conneau et al.
 * 2020, alpha = 1/T): 1 takes sources by their size, more evens them out.  A size must
 * be known before anything is read, so it is estimated from what is stored. */
#include "src/data/mix.h"

#include <math.h>

#include "src/base/die.h"
#include "src/base/mem.h"
#include "src/data/deal.h"

/* What a source asks for, in any unit, before the temperature. */
static double raw_weight(const struct config *config, const struct manifest *manifest,
                         int s) {
    double weight = manifest->specs[s].weight, bytes = 0;
    CHECK(weight > 0);
    if (isnan(config->data_temperature))
        return weight;
    for (int row = 0; row < manifest->shard_count; row++)
        if (manifest->shards[row].source == s)
            bytes += (double)deal_text_bytes(&manifest->shards[row]);
    return weight * (bytes > 0 ? bytes : 1);
}

/* As a part of the largest, so that no power overflows. */
static double bend(double part, double temperature) {
    return isnan(temperature) ? part : pow(part, 1 / temperature);
}

uint64_t *mix_weights(const struct config *config, const struct manifest *manifest) {
    int count = manifest->spec_count;
    uint64_t *weights = mem_alloc((size_t)count, sizeof *weights);
    double *parts = mem_alloc((size_t)count, sizeof *parts), largest = 0, total = 0;
    for (int s = 0; s < count; s++) {
        parts[s] = raw_weight(config, manifest, s);
        largest = fmax(largest, parts[s]);
    }
    for (int s = 0; s < count; s++)
        total += parts[s] = bend(parts[s] / largest, config->data_temperature);
    for (int s = 0; s < count; s++) {
        uint64_t weight = (uint64_t)llrint(parts[s] / total * 0x1p32);
        weights[s] = weight > 0 ? weight : 1;
    }
    mem_free(parts);
    return weights;
}

double mix_share(const uint64_t *weights, int count, int s) {
    double total = 0;
    for (int i = 0; i < count; i++)
        total += (double)weights[i];
    return (double)weights[s] / total;
}

/* Tokens in examples: those of the blocks before, and of this one reckoned. */
static uint64_t reckon(const struct source *source) {
    const struct bookmark *bookmark = &source->bookmark;
    uint64_t now = bookmark->tokens - source->before;
    if (source->before == 0 || bookmark->used == 0)
        return bookmark->used + now;
    unsigned __int128 product = (unsigned __int128)now * bookmark->used;
    return bookmark->used + (uint64_t)(product / source->before);
}

int mix_turn(const uint64_t *weights, const struct source *sources, int count) {
    unsigned __int128 tokens = 0, total = 0;
    __int128 most = 0;
    int best = -1;
    for (int s = 0; s < count; s++) {
        tokens += reckon(&sources[s]);
        total += weights[s];
    }
    for (int s = 0; s < count; s++) {
        __int128 deficit =
            (__int128)(weights[s] * tokens) - (__int128)(total * reckon(&sources[s]));
        if (best >= 0 && deficit <= most)
            continue;
        best = s;
        most = deficit;
    }
    return best;
}
