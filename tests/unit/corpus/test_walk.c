/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: for any number of ranks every shard is walked by exactly one of them, whole and
 * in its order; no rank has more than the largest shard above another; what cannot be read
 * stops the walk with the shard's own error. */
#include "src/corpus/walk.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "src/base/die.h"
#include "src/base/mem.h"
#include "tests/tap.h"

enum { SHARDS = 7, LARGEST = 9 };

/* Documents of shard i: lines, all of the same size. */
static const int documents[SHARDS] = {3, 9, 4, 1, 8, 2, 5};

static void make_shards(void) {
    for (int i = 0; i < SHARDS; i++) {
        char name[16];
        snprintf(name, sizeof name, "%d.txt", i);
        FILE *file = fopen(name, "w");
        CHECK(file != NULL);
        for (int d = 0; d < documents[i]; d++)
            fprintf(file, "%d.%d\n", i, d);
        fclose(file);
    }
}

/* Walks one rank's shards; returns its documents. */
static int walk_rank(const struct manifest *manifest, int rank, int ranks,
                     int seen[SHARDS]) {
    struct walk walk;
    struct doc doc;
    struct err err = {0};
    int shards, more, all = 0;
    walk_init(&walk, manifest, rank, ranks, NULL);
    while ((shards = walk_shard(&walk, &err)) > 0) {
        int count = 0, wrong = 0, row = walk.row;
        char want[16];
        while ((more = walk_document(&walk, &doc, &err)) > 0) {
            snprintf(want, sizeof want, "%d.%d", row, count);
            wrong += strncmp(doc.text.data, want, strlen(want)) != 0;
            wrong += doc.ordinal != count++;
        }
        ok(more == 0 && wrong == 0 && count == documents[row], "shard %d, in order", row);
        is_int((int64_t)walk.tally.documents, count, "  its own tally");
        seen[row]++;
        all += count;
    }
    is_int(shards, 0, "rank %d of %d: the end", rank, ranks);
    walk_fini(&walk);
    return all;
}

static void test_ranks(const struct manifest *manifest, int ranks) {
    int seen[SHARDS] = {0}, least = 1000, most = 0, wrong = 0;
    for (int rank = 0; rank < ranks; rank++) {
        int load = walk_rank(manifest, rank, ranks, seen);
        least = load < least ? load : least;
        most = load > most ? load : most;
    }
    for (int i = 0; i < SHARDS; i++)
        wrong += seen[i] != 1;
    is_int(wrong, 0, "%d ranks: every shard once", ranks);
    ok(most - least <= LARGEST, "%d ranks: %d to %d documents", ranks, least, most);
}

static void test_faults(struct manifest *manifest) {
    struct walk walk;
    struct err err = {0};
    CHECK(unlink("0.txt") == 0);
    walk_init(&walk, manifest, 0, 1, NULL);
    is_int(walk_shard(&walk, &err), -1, "a shard that went away");
    is_int(err.code, ERR_MISSING, "  code");
    walk_fini(&walk);
    walk_init(&walk, manifest, 9, 10, NULL);
    is_int(walk_shard(&walk, &err), 0, "a rank without shards is at the end at once");
    walk_fini(&walk);
}

int main(void) {
    char path[] = "*.txt", format[] = "lines";
    struct source_spec spec = {.path = path, .format = format, .weight = 1};
    struct manifest manifest;
    CHECK(chdir(tap_folder()) == 0);
    make_shards();
    CHECK(manifest_init(&manifest, &spec, 1, NULL) == 0);
    for (int ranks = 1; ranks <= SHARDS + 1; ranks++)
        test_ranks(&manifest, ranks);
    test_faults(&manifest);
    manifest_fini(&manifest);
    CHECK(chdir("/") == 0);
    return tap_done();
}
