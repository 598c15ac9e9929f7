/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: on real text, of every shard of $MPIBERT_TEST_DATA/train at once, lanes keep
 * the promise that they keep on made-up text: the same order for any split, also across
 * a restore. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/base/mem.h"
#include "src/data/loader.h"
#include "tests/tap.h"

enum { CURSOR_BYTES = 80, LANES = 16, STEPS = 200, HALF = 77 };

static struct config config;
static struct manifest manifest;
static struct vocab vocab;

static void must(int rc, const struct err *err) {
    if (rc == 0)
        return;
    diag("%s", err->text);
    exit(1);
}

static void set_up(const char *data) {
    static const char *const sets[][2] = {{"train.lanes", "16"},
                                          {"train.lane_batch", "4"},
                                          {"data.block_bytes", "256KiB"}};
    struct str text = {0};
    struct err err;
    char path[4096];
    config_init(&config);
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        must(config_set(&config, sets[i][0], sets[i][1], "test", &err), &err);
    snprintf(path, sizeof path, "%s/train/*.tar*", data);
    must(config_set(&config, "data.sources[0].path", path, "test", &err), &err);
    must(manifest_init(&manifest, config.sources, 1, &err), &err);
    snprintf(path, sizeof path, "%s/vocab/bert-base-uncased.txt", data);
    must(file_read(path, 1 << 20, &text, &err), &err);
    must(vocab_parse(&vocab, str_slice(&text), path, &err), &err);
    str_fini(&text);
}

/* Adds the hashes of steps from … end-1 of some lanes; cursors go from and to
 * `cursors`. */
static void add_hashes(int64_t first, int64_t count, int from, int end,
                       uint64_t *hashes, uint8_t *cursors) {
    struct err err = {0};
    struct batch batch;
    struct loader *loader =
        loader_create(&config, &manifest, &vocab, first, count, &err);
    must(loader == NULL ? -1 : 0, &err);
    is_int((int64_t)loader_cursor_bytes(loader), CURSOR_BYTES, "bytes of a cursor");
    cursors += (size_t)first * CURSOR_BYTES;
    batch_init(&batch, count * config.train_lane_batch, config.train_sequence_length);
    if (from > 0)
        must(loader_restore(loader, cursors, &err), &err);
    for (int step = from; step < end; step++) {
        must(loader_next(loader, &batch, &err), &err);
        hashes[step] += loader_batch_hash(loader, &batch);
    }
    loader_save(loader, cursors);
    batch_fini(&batch);
    loader_destroy(loader);
}

int main(void) {
    const char *data = getenv("MPIBERT_TEST_DATA");
    if (data == NULL)
        skip_all("MPIBERT_TEST_DATA is not set");
    set_up(data);
    uint64_t whole[STEPS] = {0}, split[STEPS] = {0};
    uint8_t cursors[LANES * CURSOR_BYTES], ends[2][LANES * CURSOR_BYTES];
    is_int(manifest.shard_count, 18, "18 shards");
    add_hashes(0, LANES, 0, STEPS, whole, ends[0]);
    add_hashes(0, 5, 0, HALF, split, cursors);
    add_hashes(5, 11, 0, HALF, split, cursors);
    add_hashes(0, 11, HALF, STEPS, split, cursors);
    add_hashes(11, 5, HALF, STEPS, split, cursors);
    memcpy(ends[1], cursors, sizeof cursors);
    int same = 0;
    for (int step = 0; step < STEPS; step++)
        same += whole[step] == split[step];
    is_int(same, STEPS, "steps of 16 lanes in one loader, or 5 and 11, then 11 and 5");
    ok(memcmp(ends[0], ends[1], sizeof ends[0]) == 0,
       "the cursors at the end are the same");
    manifest_fini(&manifest);
    vocab_fini(&vocab);
    config_fini(&config);
    return tap_done();
}
