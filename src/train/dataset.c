/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a run's data: see dataset.h. */
#include "src/train/dataset.h"

#include <string.h>

#include "mpi/agree.h"
#include "mpi/same.h"
#include "src/base/mem.h"
#include "src/base/pulse.h"
#include "src/base/timer.h"
#include "src/core/phases.h"
#include "src/train/inputs.h"
#include "src/data/wordlist.h"

static int check_needs(const struct dataset *d, struct err *err) {
    const struct config *c = d->config;
    int size = comm_size(d->comm);
    if (c->data_vocab == NULL)
        return err_set(
            err, ERR_CONFIG,
            "data.vocab: is not set (make a vocabulary with `mpibert vocab`)");
    if (c->source_count == 0)
        return err_set(err, ERR_CONFIG, "data.sources: names no shards");
    if (size > c->train_lanes)
        return err_set(
            err, ERR_CONFIG,
            "%d ranks but only %lld lanes: start at most %lld ranks, or a new run "
            "with more train.lanes and a smaller train.lane_batch",
            size, (long long)c->train_lanes, (long long)c->train_lanes);
    return 0;
}

static int resolve(struct dataset *d, struct err *err) {
    const struct config *c = d->config;
    return check_needs(d, err) < 0 ||
                   manifest_init(&d->manifest, c->sources, c->source_count, err) < 0 ||
                   manifest_init(&d->heldout_manifest, c->heldout, c->heldout_count,
                                 err) < 0
               ? -1
               : 0;
}

static void make_batch(struct dataset *d) {
    struct phases_bounds most = phases_bounds(d->config);
    int64_t length = (most.lane_tokens + most.lane_batch - 1) / most.lane_batch;
    batch_init(&d->batch, d->lanes.count * most.lane_batch, length);
}

static int open_files(struct dataset *d, struct err *err) {
    const struct config *c = d->config;
    int rank = comm_rank(d->comm), size = comm_size(d->comm);
    if (wordlist_load(c->data_vocab, &d->vocab, err) < 0 ||
        loader_data_hash(c, &d->manifest, &d->vocab, d->hash, err) < 0)
        return -1;
    d->lanes = partition(c->train_lanes, rank, size);
    make_batch(d);
    d->loader =
        loader_create(c, &d->manifest, &d->vocab, d->lanes.first, d->lanes.count, err);
    if (d->loader == NULL)
        return -1;
    if (c->heldout_count > 0)
        d->heldout =
            heldout_create(c, &d->heldout_manifest, &d->vocab, rank, size, err);
    return c->heldout_count == 0 || d->heldout ? 0 : -1;
}

/* The data hash is also of what lies beside shards and vocabulary. */
static int agree_hash(const struct dataset *d, struct err *err) {
    struct str facts = {0};
    same_add(&facts, "data hash", "%s", d->hash);
    int rc = same_check(
        d->comm, &facts,
        "all hosts must have the same files beside vocabulary and shards", err);
    str_fini(&facts);
    return rc;
}

/* Nothing is read before all ranks know that they read the same. */
static int open_together(struct dataset *d, struct err *err) {
    int rc = resolve(d, err);
    rc = inputs_agree(d->comm, d->config, &d->manifest, &d->heldout_manifest, rc, err);
    if (rc < 0 || comm_agree(d->comm, open_files(d, err), err) < 0)
        return -1;
    return agree_hash(d, err);
}

int dataset_open(struct dataset *d, struct comm *comm, const struct config *config,
                 struct err *err) {
    *d = (struct dataset){.comm = comm, .config = config};
    int rc = open_together(d, err);
    if (rc < 0)
        dataset_close(d);
    return rc;
}

void dataset_next(struct dataset *d, struct step_input *in, struct err *err) {
    double start = timer_now(), waited = loader_waited(d->loader);
    pulse_to(PULSE_DATA); /* until all have theirs (step.c) */
    *in = (struct step_input){.batch = &d->batch,
                              .source_tokens = loader_source_tokens(d->loader)};
    in->data_rc = loader_next(d->loader, &d->batch, err);
    in->seconds = timer_now() - start;
    if (in->data_rc < 0)
        return;
    in->unknown = (uint64_t)batch_count(&d->batch, d->vocab.unk);
    in->hash = loader_batch_hash(d->loader, &d->batch);
    in->waited = loader_waited(d->loader) - waited;
    d->waiting += in->waited;
    d->batching += timer_now() - start - in->waited;
}

size_t dataset_cursors_bytes(const struct dataset *d) {
    return (size_t)d->config->train_lanes * loader_cursor_bytes(d->loader);
}

size_t dataset_cursors_place(const struct dataset *d) {
    return (size_t)d->lanes.first * loader_cursor_bytes(d->loader);
}

uint8_t *dataset_cursors(const struct dataset *d) {
    size_t own = (size_t)d->lanes.count * loader_cursor_bytes(d->loader);
    size_t all = dataset_cursors_bytes(d);
    uint8_t *mine = mem_alloc(own, 1);
    loader_save(d->loader, mine);
    uint8_t *cursors = comm_gather(d->comm, mine, own, NULL, 0);
    mem_free(mine);
    if (cursors == NULL)
        cursors = mem_alloc(all, 1);
    comm_broadcast(d->comm, cursors, all, 0);
    return cursors;
}

void dataset_close(struct dataset *d) {
    loader_destroy(d->loader);
    batch_fini(&d->batch);
    manifest_fini(&d->manifest);
    heldout_destroy(d->heldout);
    manifest_fini(&d->heldout_manifest);
    vocab_fini(&d->vocab);
    *d = (struct dataset){0};
}
