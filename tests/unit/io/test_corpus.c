/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: over a real corpus the shards must give as many documents as was counted when
 * it was made, without a damaged place; odd and damaged archives from other projects'
 * tests must end without an error; and every ledger must balance to the byte. */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/shard.h"
#include "src/base/timer.h"
#include "tests/tap.h"

enum { DOCUMENTS_TRAIN = 51774 };

static bool balances(const struct tally *t) {
    return t->unpacked_bytes ==
           t->text_bytes + t->markup_bytes + t->skipped_bytes + t->damaged_bytes;
}

static void read_shard(const char *path, struct tally *total) {
    struct tally tally = {0};
    struct shard_options options = {.format = "auto"};
    struct err err = {0};
    const char *base = strrchr(path, '/') + 1;
    struct shard *shard = shard_open(path, &options, &tally, &err);
    if (!ok(shard != NULL, "%s opens", base))
        return;
    struct doc doc;
    int status;
    uint64_t yielded = 0;
    int64_t last = -1;
    bool ascending = true;
    while ((status = shard_next(shard, &doc, &err)) == 1) {
        yielded++;
        ascending = ascending && doc.ordinal > last;
        last = doc.ordinal;
    }
    shard_close(shard);
    is_int(status, 0, "%s is read to its end", base);
    is_int((int64_t)tally.damaged_places, 0, "%s is not damaged", base);
    ok(balances(&tally), "%s: the ledger balances", base);
    ok(ascending && yielded == tally.documents - tally.documents_empty,
       "%s: what is not empty comes, in order", base);
    diag("%s: members %llu documents %llu empty %llu unpacked %llu text %llu markup "
         "%llu "
         "skipped %llu",
         base, (unsigned long long)tally.members, (unsigned long long)tally.documents,
         (unsigned long long)tally.documents_empty,
         (unsigned long long)tally.unpacked_bytes, (unsigned long long)tally.text_bytes,
         (unsigned long long)tally.markup_bytes,
         (unsigned long long)tally.skipped_bytes);
    for (int i = 0; i < TALLY_COUNT; i++)
        ((uint64_t *)total)[i] += ((const uint64_t *)&tally)[i];
}

static void read_train(const char *data) {
    char pattern[4096];
    snprintf(pattern, sizeof pattern, "%s/train/*.tar*", data);
    glob_t found;
    if (glob(pattern, 0, NULL, &found) != 0) {
        skip("no train/ in MPIBERT_TEST_DATA", 1);
        return;
    }
    struct tally total = {0};
    double start = timer_now();
    for (size_t i = 0; i < found.gl_pathc; i++)
        read_shard(found.gl_pathv[i], &total);
    double seconds = timer_now() - start;
    is_int((int64_t)total.documents, DOCUMENTS_TRAIN, "documents in all");
    is_int((int64_t)total.shards, (int64_t)found.gl_pathc, "shards in all");
    diag("%.0f MB unpacked in %.2f s: %.0f MB/s", (double)total.unpacked_bytes / 1e6,
         seconds, (double)total.unpacked_bytes / 1e6 / seconds);
    globfree(&found);
}

static void read_odd(const char *data) {
    char pattern[4096];
    snprintf(pattern, sizeof pattern, "%s/{archives,warc,train-xml}/{*,*/*}.*", data);
    glob_t found;
    if (glob(pattern, GLOB_BRACE, NULL, &found) != 0) {
        skip("no archives/ or warc/ in MPIBERT_TEST_DATA", 1);
        return;
    }
    struct shard_options options = {.quiet = true};
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct tally tally = {0};
        struct err err = {0};
        struct shard *shard = shard_open(found.gl_pathv[i], &options, &tally, &err);
        struct doc doc;
        int status = shard ? 1 : -1;
        while (status == 1)
            status = shard_next(shard, &doc, &err);
        shard_close(shard);
        ok(status == 0 && balances(&tally), "%s ends and balances",
           strrchr(found.gl_pathv[i], '/') + 1);
    }
    globfree(&found);
}

int main(void) {
    const char *data = getenv("MPIBERT_TEST_DATA");
    if (data == NULL)
        skip_all("MPIBERT_TEST_DATA is not set");
    read_train(data);
    read_odd(data);
    return tap_done();
}
