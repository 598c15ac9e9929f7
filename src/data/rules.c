/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of examples: see rules.h.  Steps are counted in examples here, for a lane knows
 * of nothing else: a phase of `steps` takes steps · lane_batch of each. */
#include "src/data/rules.h"

#include "src/base/mem.h"
#include "src/core/phases.h"

static struct mask_rules mask_rules_of(const struct phase *phase,
                                       const struct vocab *vocab) {
    struct mask_rules rules = mask_rules_default(vocab);
    rules.kind = mask_kind_find(phase->mask_kind);
    rules.prob = phase->mask_prob;
    rules.replace = phase->mask_replace;
    rules.random = phase->mask_random;
    return rules;
}

struct rules *rules_create(const struct config *config, const struct vocab *vocab) {
    int count = phases_count(config);
    struct rules *table = mem_alloc((size_t)count, sizeof *table);
    uint64_t end = 0;
    for (int i = 0; i < count; i++) {
        struct phase phase = phases_get(config, i);
        end += (uint64_t)phase.steps * (uint64_t)phase.lane_batch;
        table[i] = (struct rules){.end = i < count - 1 ? end : UINT64_MAX,
                                  .lane_batch = phase.lane_batch,
                                  .pack = pack_rules_of(config, phase.sequence_length),
                                  .mask = mask_rules_of(&phase, vocab)};
    }
    return table;
}

const struct rules *rules_find(const struct rules *table, uint64_t example) {
    while (example >= table->end)
        table++;
    return table;
}
