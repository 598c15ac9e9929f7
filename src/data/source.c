/* SPDX-License-Identifier: Apache-2.0 */
/* A lane's way through a source: see source.h.  In every epoch the group's shards come
 * in a fresh keyed order, begun by each lane of the group somewhere else; within a
 * shard a lane takes the documents whose ordinal, moved on by the shard's number, falls
 * on its seat: the moving on keeps shards of few documents from always feeding the same
 * lanes.
 *
 * A seat may come round empty when there are fewer documents than lanes.  From then on
 * the lane takes every document of its group, so that no lane is empty as long as there
 * is text. */
#include "src/data/source.h"

#include <string.h>

#include "src/base/die.h"
#include "src/base/hash.h"
#include "src/base/log.h"
#include "src/base/mem.h"
#include "src/base/rng.h"

static int shard_count(const struct source *source) {
    const int *starts = source->deal->starts;
    return starts[source->group + 1] - starts[source->group];
}

static const char *source_name(const struct source *source) {
    return source->manifest->specs[source->row].path;
}

void source_init(struct source *source, const struct config *config,
                 const struct manifest *manifest, struct deal *deal, int row,
                 int64_t lane) {
    *source = (struct source){.config = config,
                              .manifest = manifest,
                              .deal = deal,
                              .row = row,
                              .lane = lane,
                              .group = lane / deal->share,
                              .seat = lane % deal->share};
    source->order = mem_alloc((size_t)shard_count(source), sizeof *source->order);
    source->order_epoch = UINT64_MAX;
}

int source_check(const struct source *source, const struct bookmark *bookmark,
                 struct err *err) {
    if (bookmark->position >= (uint64_t)shard_count(source) || bookmark->all > 1 ||
        bookmark->epoch >> 48 != 0)
        return err_set(
            err, ERR_DATA,
            "source %s: epoch %llu, place %llu of %d shards: the checkpoint is damaged "
            "or of other data",
            source_name(source), (unsigned long long)bookmark->epoch,
            (unsigned long long)bookmark->position, shard_count(source));
    return 0;
}

void source_seek(struct source *source, const struct bookmark *bookmark) {
    source->before = bookmark->tokens;
    if (memcmp(&source->bookmark, bookmark, sizeof *bookmark) == 0)
        return; /* it stands there */
    pieces_close(&source->pieces);
    source->seen = (struct tally){0};
    source->bookmark = *bookmark;
    /* a block begins after a document that was kept, or where an epoch does */
    source->fruitful = bookmark->position > 0 || bookmark->ordinal > 0;
}

/* Which of the group's shards the walk stands at. */
static int current_shard(struct source *source) {
    uint64_t epoch = source->bookmark.epoch;
    uint32_t count = (uint32_t)shard_count(source);
    if (source->order_epoch != epoch) {
        struct rng rng;
        rng_init(&rng, config_data_seed(source->config), RNG_SHARDS,
                 (uint64_t)source->row << 16 | (uint64_t)source->group, epoch);
        rng_permutation(&rng, source->order, count);
        source->order_epoch = epoch;
    }
    uint64_t begin = (uint64_t)source->seat * count / (uint64_t)source->deal->share;
    return (int)source->order[(begin + source->bookmark.position) % count];
}

/* Moves what the open shard counted to *tally, or forgets it. */
static void settle(struct source *source, struct tally *tally) {
    if (tally != NULL && source->bookmark.epoch == 0 && source->seat == 0)
        tally_add(tally, &source->seen);
    source->seen = (struct tally){0};
}

/* Opens the current shard and skips, untokenised, to the place in it. */
static int open_current(struct source *source, struct err *err) {
    const struct deal *deal = source->deal;
    int row = deal->rows[deal->starts[source->group] + current_shard(source)];
    bool quiet = source->bookmark.epoch > 0 || source->seat > 0;
    source->shard = row;
    if (pieces_open(&source->pieces, source->config, source->manifest, row, quiet,
                    &source->seen, &source->unpacking, err))
        return -1;
    if (source->bookmark.ordinal == 0)
        return 0;
    while (source->pieces.ordinal < source->bookmark.ordinal) {
        struct doc passed;
        int more = pieces_next(&source->pieces, &passed, err);
        if (more < 0)
            return -1;
        if (more == 0)
            return err_set(
                err, ERR_DATA,
                "shard %s: %llu documents, but lane %lld had read %llu: it is "
                "not the file that the run began with; put that one back",
                source->manifest->shards[row].path,
                (unsigned long long)source->pieces.ordinal, (long long)source->lane,
                (unsigned long long)source->bookmark.ordinal);
    }
    settle(source, NULL); /* skipped: counted by whoever read it */
    return 0;
}

/* Wraps round.  0, or -1 if a whole epoch of all documents held nothing to keep. */
static int end_epoch(struct source *source, struct err *err) {
    struct bookmark *bookmark = &source->bookmark;
    if (!source->fruitful && (bookmark->all || source->deal->share == 1))
        return reasons_fault(source->manifest, source->row,
                             bookmark->all ? 0 : shard_count(source),
                             str_slice(&source->reasons.text), err);
    if (!source->fruitful) {
        if (!source->deal->told_sparse)
            log_warn("source %s: fewer documents than lanes: some are read by several "
                     "(with a lower train.lanes each is read once an epoch)",
                     source_name(source));
        source->deal->told_sparse = true;
        bookmark->all = 1;
    }
    bookmark->epoch++;
    bookmark->position = 0;
    bookmark->ordinal = 0;
    source->fruitful = false;
    str_clear(&source->reasons.text);
    return 0;
}

/* Whether the document that pieces_next has just given is this lane's. */
static bool is_mine(struct source *source) {
    uint64_t share = (uint64_t)source->deal->share;
    uint64_t shard = (uint64_t)current_shard(source);
    return source->bookmark.all ||
           (source->pieces.ordinal - 1 + shard) % share == (uint64_t)source->seat;
}

int source_next(struct source *source, struct doc *doc, struct tally *tally,
                struct err *err) {
    for (;;) {
        if (source->pieces.shard == NULL && open_current(source, err))
            return -1;
        int more = pieces_next(&source->pieces, doc, err);
        settle(source, tally);
        if (more < 0)
            return -1;
        source->bookmark.ordinal = source->pieces.ordinal;
        if (more > 0) {
            if (is_mine(source))
                return 1;
            continue;
        }
        if (source->pieces.ordinal == 0)
            reasons_add(&source->reasons, source->manifest->shards[source->shard].path,
                        shard_why(source->pieces.shard));
        pieces_close(&source->pieces);
        source->bookmark.ordinal = 0;
        if (++source->bookmark.position == (uint64_t)shard_count(source))
            return end_epoch(source, err);
    }
}

uint64_t source_document(const struct source *source) {
    uint64_t name[] = {(uint64_t)source->shard, source->pieces.ordinal - 1};
    return hash64(name, sizeof name, 0);
}

void source_keep(struct source *source, size_t tokens) {
    source->bookmark.tokens += tokens;
    source->fruitful = true;
}

void source_fini(struct source *source) {
    pieces_close(&source->pieces);
    reasons_fini(&source->reasons);
    mem_free(source->order);
    *source = (struct source){0};
}
