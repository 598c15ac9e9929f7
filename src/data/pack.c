/* SPDX-License-Identifier: Apache-2.0 */
/* Pairs, or RoBERTa's inputs (Liu et al. 2019, section 4.2): whole sentences, as many
 * as fit.  DOC-SENTENCES end with the document; FULL-SENTENCES go on with the next one,
 * with a [SEP] between them, or, where documents are isolated, each between a [CLS] and
 * a [SEP] of its own, as it would be alone.  Or each sentence by itself, as the
 * published MLSM has them (Berend 2023).  The special tokens are not in the block:
 * collate.c writes them where a segment crosses from one document to the next.  A
 * sentence that is too long for an example is cut, so that nothing is lost. */
#include "src/data/pack.h"

#include <string.h>

#include "src/core/example.h"

struct pack_rules pack_rules_of(const struct config *config, int64_t length) {
    static const char *const names[] = {[PACK_PAIRS] = "pairs",
                                        [PACK_SWAPPED_PAIRS] = "swapped_pairs",
                                        [PACK_FULL_SENTENCES] = "full_sentences",
                                        [PACK_DOC_SENTENCES] = "doc_sentences",
                                        [PACK_SENTENCES] = "sentences"};
    struct pack_rules rules = {
        .isolate = config->data_isolate_documents == 1,
        .pairs = {.length = (uint32_t)length,
                  .short_seq_prob = config->data_short_seq_prob}};
    while (strcmp(names[rules.packing], config->data_packing) != 0)
        rules.packing++;
    rules.pairs.swapped = rules.packing == PACK_SWAPPED_PAIRS;
    return rules;
}

/* Half of the pairs put back about half of what they took; whole sentences leave half a
 * sentence of room, or, if they are longer than examples, are cut. */
double pack_expect(const struct pack_rules *rules, size_t tokens, size_t sentences) {
    double room = rules->pairs.length - 2,
           waste = .5 * (double)tokens / (double)sentences;
    if (rules->packing == PACK_SENTENCES && tokens < room * (double)sentences)
        return (double)sentences;
    if (rules->packing == PACK_PAIRS)
        room = .75 * (rules->pairs.length - 3);
    else if (rules->packing == PACK_SWAPPED_PAIRS)
        room -= 1;
    else
        room -= waste < .25 * room ? waste : .25 * room;
    double examples = (double)tokens / room;
    return rules->packing == PACK_FULL_SENTENCES || examples > 1 ? examples : 1;
}

/* An example being filled. */
struct pack {
    struct segment segment;
    uint32_t special; /* tokens that are not in the segment */
};

static void finish(struct block *block, struct pack *pack) {
    struct view view = {.a = pack->segment, .next = NEXT_NONE};
    if (view.a.count > 0)
        block_add_view(block, &view);
    pack->segment = (struct segment){view.a.first + view.a.count, 0};
    pack->special = 2; /* [CLS] and [SEP] */
}

static void add_sentence(struct block *block, struct pack *pack, uint32_t sentence,
                         const struct pack_rules *rules) {
    uint32_t length = rules->pairs.length;
    uint32_t rest = block_size(block, sentence, sentence + 1);
    if (rules->packing == PACK_SENTENCES ||
        pack->segment.count + pack->special + rest > length)
        finish(block, pack);
    for (; pack->special + rest > length;
         rest -= pack->segment.count, finish(block, pack))
        pack->segment.count = length - pack->special;
    pack->segment.count += rest;
}

static void build_sentences(struct block *block, size_t first,
                            const struct pack_rules *rules) {
    struct pack pack = {.segment.first = block->sentences[block->documents[first]]};
    finish(block, &pack);
    for (size_t d = first; d < block->document_count; d++) {
        if (rules->packing == PACK_DOC_SENTENCES)
            finish(block, &pack);
        if (pack.segment.count > 0)
            pack.special += rules->isolate ? 2 : 1;
        for (uint32_t s = block->documents[d]; s < block->documents[d + 1]; s++)
            add_sentence(block, &pack, s, rules);
    }
    finish(block, &pack);
}

void pack_build(struct block *block, size_t first, const struct pack_rules *rules,
                struct rng *rng) {
    if (rules->packing <= PACK_SWAPPED_PAIRS)
        for (size_t d = first; d < block->document_count; d++)
            pairs_build(block, d, &rules->pairs, rng);
    else
        build_sentences(block, first, rules);
}
