/* SPDX-License-Identifier: Apache-2.0 */
/* The pass over held-out text: see heldout.h.  Every reader reads every document, as
 * decompression is cheap, but makes ids only of its own and of the one before each of
 * them, which gives the random halves.  So no reader needs another, and nothing depends
 * on how many there are. */
#include "src/data/heldout.h"

#include "io/reasons.h"
#include "src/base/die.h"
#include "src/base/mem.h"
#include "src/base/rng.h"
#include "src/data/block.h"
#include "src/data/collate.h"
#include "src/data/mask.h"
#include "src/data/pack.h"
#include "src/data/pieces.h"

struct heldout {
    const struct config *config;
    const struct manifest *manifest;
    const struct vocab *vocab;
    uint64_t reader, readers;
    struct pack_rules pack;
    struct mask_rules mask;
    struct passage_rules reading;

    bool again; /* not the first pass */
    int row;    /* of the manifest: the open shard, or the next */
    struct pieces pieces;
    uint64_t ordinal, end;          /* of the next document; no more from here on */
    struct passage passage, before; /* this document and the one before */
    struct block block;             /* both: the document is the last one */
    size_t view;                    /* of the block, next to hand out */
    uint64_t document;              /* that the views are of */
    struct rng rng;                 /* of that document: pairs, then masks */
    struct example example;

    struct reasons reasons; /* of the source's shards that had no document */
    bool source_given;      /* the source had one */

    struct tally seen; /* by the open shard, not settled yet */
    struct tally tally, ignored;
};

struct heldout *heldout_create(const struct config *config,
                               const struct manifest *manifest,
                               const struct vocab *vocab, int reader, int readers,
                               struct err *err) {
    struct passage_rules reading; /* shards are opened when they are read */
    CHECK(reader >= 0 && reader < readers);
    if (passage_rules_init(&reading, config, vocab, err))
        return NULL;
    struct heldout *heldout = mem_alloc(1, sizeof *heldout);
    *heldout = (struct heldout){
        .config = config,
        .manifest = manifest,
        .vocab = vocab,
        .reader = (uint64_t)reader,
        .readers = (uint64_t)readers,
        .pack = pack_rules_of(config, config->train_sequence_length),
        .mask = mask_rules_default(vocab), /* whatever training masks */
        .reading = reading,
        .end = UINT32_MAX,
    };
    heldout->mask.kind = mask_kind_find(config->evaluation_mask_kind);
    if (config->evaluation_max_documents != CONFIG_UNSET)
        heldout->end = (uint64_t)config->evaluation_max_documents;
    block_init(&heldout->block, vocab->size);
    collate_init(&heldout->example, config->train_sequence_length);
    return heldout;
}

/* Moves what the open shard counted to the tally, or forgets it. */
static void settle(struct heldout *heldout) {
    if (heldout->reader == 0 && !heldout->again)
        tally_add(&heldout->tally, &heldout->seen);
    heldout->seen = (struct tally){0};
}

/* The open shard is at its end: 0, or -1 if that is its source's and there was no
 * document in it. */
static int end_shard(struct heldout *heldout, struct err *err) {
    const struct manifest *manifest = heldout->manifest;
    const struct manifest_shard *shard = &manifest->shards[heldout->row - 1];
    struct reasons *reasons = &heldout->reasons;
    bool together = heldout->config->paths_together;
    int rc = 0;
    if (heldout->pieces.ordinal == 0)
        reasons_add(reasons, shard->path, shard_why(heldout->pieces.shard));
    heldout->source_given = heldout->source_given || heldout->pieces.ordinal > 0;
    pieces_close(&heldout->pieces);
    bool last = heldout->row == manifest->shard_count;
    if (!last && (together || shard[1].source == shard->source))
        return 0;
    if (!heldout->source_given)
        rc = reasons_fault(manifest, together ? -1 : shard->source, 0,
                           str_slice(&reasons->text), err);
    str_clear(&reasons->text);
    heldout->source_given = false;
    return rc < 0 ? err_prefix(err, "data.heldout") : 0;
}

/* 1: *doc is the next document of all shards; 0: end; -1. */
static int next_document(struct heldout *heldout, struct doc *doc, struct err *err) {
    while (heldout->ordinal < heldout->end) {
        if (heldout->pieces.shard == NULL &&
            heldout->row == heldout->manifest->shard_count)
            break;
        bool quiet = heldout->again || heldout->reader > 0;
        if (heldout->pieces.shard == NULL &&
            pieces_open(&heldout->pieces, heldout->config, heldout->manifest,
                        heldout->row++, quiet, &heldout->seen, NULL, err))
            return -1;
        int more = pieces_next(&heldout->pieces, doc, err);
        settle(heldout);
        if (more != 0)
            return more;
        if (end_shard(heldout, err) < 0)
            return -1;
    }
    return 0;
}

/* Makes the views of the document that was just read, the one before beside it. */
static void build_examples(struct heldout *heldout) {
    struct block *block = &heldout->block;
    block_clear(block);
    heldout->view = 0;
    if (heldout->before.sentences > 0)
        block_add(block, &heldout->before, 0);
    block_add(block, &heldout->passage, 0);
    rng_init(&heldout->rng, (uint64_t)heldout->config->evaluation_seed, RNG_EVAL,
             heldout->document, 0);
    pack_build(block, block->document_count - 1, &heldout->pack, &heldout->rng);
}

/* Reads on to the next document that is this reader's and has text: 1, 0 end, -1. */
static int read_mine(struct heldout *heldout, struct err *err) {
    struct doc doc;
    int more;
    while ((more = next_document(heldout, &doc, err)) == 1) {
        uint64_t d = heldout->ordinal++;
        bool mine = d % heldout->readers == heldout->reader;
        bool before_mine = (d + 1) % heldout->readers == heldout->reader;
        struct passage before = heldout->before;
        heldout->before = heldout->passage;
        heldout->passage = before; /* its memory, to be reused */
        passage_clear(&heldout->passage);
        if (!mine && !before_mine)
            continue;
        bool counted = mine && !heldout->again;
        bool kept = passage_read(&heldout->passage, &heldout->reading, doc.text,
                                 counted ? &heldout->tally : &heldout->ignored);
        if (!mine || !kept)
            continue;
        heldout->document = d;
        build_examples(heldout);
        return 1;
    }
    return more;
}

static void add_example(struct heldout *heldout, struct batch *batch) {
    struct origin origin = {.lane = (uint32_t)heldout->view,
                            .number = heldout->document};
    const struct view *view = &heldout->block.views[heldout->view++];
    collate_view(&heldout->block, view, heldout->vocab, heldout->pack.isolate,
                 &heldout->example);
    mask_example(&heldout->example, &heldout->mask, &heldout->rng);
    batch_add(batch, &heldout->example, origin);
    collate_count(view, &heldout->example, &heldout->tally);
}

/* A document that does not fit after others begins the next batch, so that which of
 * its examples are together does not depend on who reads either. */
int heldout_next(struct heldout *heldout, struct batch *batch, struct err *err) {
    const struct block *block = &heldout->block;
    batch_clear(batch);
    for (;;) {
        if (heldout->view == block->view_count) {
            int more = read_mine(heldout, err);
            if (more < 0)
                return -1;
            if (more == 0)
                break;
        }
        int64_t left = (int64_t)(block->view_count - heldout->view);
        if (batch->B > 0 && batch->B + left > batch->max_B)
            break;
        while (heldout->view < block->view_count && batch->B < batch->max_B)
            add_example(heldout, batch);
    }
    return batch->B > 0;
}

void heldout_rewind(struct heldout *heldout) {
    pieces_close(&heldout->pieces);
    passage_clear(&heldout->passage);
    passage_clear(&heldout->before);
    block_clear(&heldout->block);
    heldout->again = true;
    heldout->source_given = false;
    str_clear(&heldout->reasons.text);
    heldout->row = 0;
    heldout->ordinal = 0;
    heldout->view = 0;
}

const struct tally *heldout_tally(const struct heldout *heldout) {
    return &heldout->tally;
}

void heldout_destroy(struct heldout *heldout) {
    if (heldout == NULL)
        return;
    pieces_close(&heldout->pieces);
    passage_fini(&heldout->passage);
    passage_fini(&heldout->before);
    block_fini(&heldout->block);
    collate_fini(&heldout->example);
    passage_rules_fini(&heldout->reading);
    reasons_fini(&heldout->reasons);
    mem_free(heldout);
}
