/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: whatever the number of shards and lanes, groups divide the lanes evenly, every
 * shard of the source goes to one group, every group has eight or all, and the groups
 * weigh about the same in estimated text; the names' endings count, the folders do not.
 */
#include "src/data/deal.h"

#include <stdio.h>
#include <stdlib.h>

#include "src/base/mem.h"
#include "src/base/rng.h"
#include "tests/tap.h"

/* Shards of 100 … 199 bytes, after one shard of another source. */
static void make_manifest(struct manifest *manifest, int shards, const char *folder,
                          const char *ending) {
    struct rng rng;
    rng_init(&rng, 1, RNG_TEST, 0, 0);
    *manifest = (struct manifest){.spec_count = 2, .shard_count = shards + 1};
    manifest->shards = mem_alloc((size_t)shards + 1, sizeof *manifest->shards);
    for (int row = 0; row <= shards; row++) {
        char path[64];
        snprintf(path, sizeof path, "%s/%04d.txt%s", folder, row, ending);
        manifest->shards[row] = (struct manifest_shard){
            mem_string(path), 100 + (int64_t)rng_below(&rng, 100), row > 0};
    }
}

static void free_manifest(struct manifest *manifest) {
    for (int row = 0; row < manifest->shard_count; row++)
        mem_free(manifest->shards[row].path);
    mem_free(manifest->shards);
}

static const struct {
    int shards;
    int64_t lanes, groups;
} table[] = {
    {1, 1, 1},     {1, 16, 1},    {3, 16, 1},    {15, 16, 1},    {16, 16, 2},
    {18, 16, 2},   {40, 16, 4},   {40, 15, 5},   {40, 7, 1},     {56, 7, 7},
    {400, 32, 32}, {400, 48, 48}, {400, 64, 32}, {400, 720, 48}, {1000, 1, 1},
    {24, 3, 3},    {23, 3, 1},
};

static void check_deal(int shards, int64_t lanes, int64_t groups) {
    struct manifest manifest;
    struct deal deal;
    make_manifest(&manifest, shards, "a", "");
    deal_init(&deal, &manifest, 1, lanes);
    is_int(deal.groups, groups, "%d shards, %d lanes: groups", shards, (int)lanes);
    is_int(deal.share * deal.groups, lanes, "  the groups are of equally many lanes");

    int *seen = mem_alloc((size_t)shards + 1, sizeof *seen), wrong = 0, few = 0;
    int64_t least = INT64_MAX, most = 0;
    for (int i = 0; i < deal.count; i++)
        seen[deal.rows[i]]++;
    for (int row = 0; row <= shards; row++)
        wrong += seen[row] != (row > 0);
    for (int64_t g = 0; g < deal.groups; g++) {
        int64_t load = 0;
        for (int i = deal.starts[g]; i < deal.starts[g + 1]; i++)
            load += manifest.shards[deal.rows[i]].bytes;
        few += deal.starts[g + 1] - deal.starts[g] < (shards < 8 ? shards : 8);
        least = load < least ? load : least;
        most = load > most ? load : most;
    }
    is_int(wrong, 0, "  every shard of the source once, none of another");
    is_int(few, 0, "  every group has eight shards or all of them");
    ok(most - least <= 200, "  loads differ by a shard at most: %d … %d", (int)least,
       (int)most);
    mem_free(seen);
    deal_fini(&deal);
    free_manifest(&manifest);
}

/* One shard is as heavy as all others: its group still gets eight. */
static void test_giant(void) {
    struct manifest manifest;
    struct deal deal;
    make_manifest(&manifest, 16, "a", "");
    manifest.shards[5].bytes = 100000;
    deal_init(&deal, &manifest, 1, 2);
    is_int(deal.starts[1], 8, "a giant shard: eight to each group");
    deal_fini(&deal);
    free_manifest(&manifest);
}

static void test_endings(void) {
    static const char *const endings[] = {".gz", ".zst", ".bz2", ".xz", ".tgz"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        struct manifest manifest;
        struct deal deal;
        make_manifest(&manifest, 16, "a", "");
        for (int row = 1; row <= 16; row++)
            manifest.shards[row].bytes = 100;
        char path[32];
        snprintf(path, sizeof path, "a/0016%s", endings[i]);
        mem_free(manifest.shards[16].path);
        manifest.shards[16].path = mem_string(path);
        deal_init(&deal, &manifest, 1, 2);
        ok(deal.rows[7] == 16 && deal.starts[1] == 8,
           "%s weighs more than the others, so it is dealt first", endings[i]);
        deal_fini(&deal);
        free_manifest(&manifest);
    }
}

static void test_folder(void) {
    struct manifest here, there;
    struct deal a, b;
    make_manifest(&here, 40, "a", ".gz");
    make_manifest(&there, 40, "z/y.gz/x", ".gz");
    deal_init(&a, &here, 1, 16);
    deal_init(&b, &there, 1, 16);
    int wrong = 0;
    for (int i = 0; i < 40; i++)
        wrong += a.rows[i] != b.rows[i];
    is_int(wrong, 0, "another folder, the same deal");
    deal_fini(&a);
    deal_fini(&b);
    free_manifest(&here);
    free_manifest(&there);
}

int main(void) {
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        check_deal(table[i].shards, table[i].lanes, table[i].groups);
    test_giant();
    test_endings();
    test_folder();
    return tap_done();
}
