/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: on a corpus with planted copies, of which all is known, the jobs over a corpus
 * must give what follows from the documents alone, on however many ranks: the list of
 * all copies but the first, the same documents in the same order in new shards, however
 * little memory there is, and reports that add up; and one rank's fault must reach all
 * and leave nothing on the disk. */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "mpi/agree.h"
#include "src/base/die.h"
#include "src/base/file.h"
#include "src/base/hash.h"
#include "src/base/log.h"
#include "src/base/mem.h"
#include "src/corpus/dedup.h"
#include "src/corpus/extract.h"
#include "src/corpus/reshard.h"
#include "src/corpus/stats.h"
#include "src/corpus/walk.h"
#include "tests/tap.h"

enum {
    SHARDS = 5,
    DOCUMENTS = 60,
    TEXTS = 170
}; /* more documents than texts: copies */

static struct config config;
static struct manifest manifest;
static const char *folder; /* rank 0's, for all */

/* Which text is document d of shard s; neither copies nor sizes follow the shards. */
static int text_of(int s, int d) { return (s * 97 + d * d * 7 + d) % TEXTS; }

/* Lengths from 3 to 200 words: a big document does not fit where a small one does. */
static void make_text(struct str *out, int text) {
    str_clear(out);
    for (int i = 0; i < 3 + text * text % 197; i++)
        str_printf(out, "%sw%d.%d", i ? " " : "", text, i);
}

static void make_shards(void) {
    struct str text = {0}, shard = {0};
    char name[300];
    for (int s = 0; s < SHARDS; s++) {
        str_clear(&shard);
        for (int d = 0; d < DOCUMENTS - s; d++) {
            make_text(&text, text_of(s, d));
            str_printf(&shard, "%s\n", text.data);
        }
        snprintf(name, sizeof name, "%s/s%d.txt", folder, s);
        CHECK(file_write_atomic(name, shard.data, shard.size, NULL) == 0);
    }
    str_fini(&text);
    str_fini(&shard);
}

/* The corpus of a pattern in the folder. */
static void open_corpus(struct config *of, struct manifest *shards, const char *pattern,
                        const char *format) {
    char path[300];
    snprintf(path, sizeof path, "%s/%s", folder, pattern);
    config_init(of);
    CHECK(config_set(of, "data.sources[0].path", path, "test", NULL) == 0);
    CHECK(config_set(of, "data.sources[0].format", format, "test", NULL) == 0);
    CHECK(manifest_init(shards, of->sources, of->source_count, NULL) == 0);
}

/* All texts of a corpus in order, a line each, or in any order: their hashes' sum. */
struct digest {
    int documents;
    uint64_t sum;
    struct hash128 order;
};

static struct digest digest_of(const char *pattern, const char *format) {
    struct config of;
    struct manifest shards;
    struct walk walk;
    struct doc doc;
    struct str all = {0};
    struct digest digest = {0};
    open_corpus(&of, &shards, pattern, format);
    walk_init(&walk, &shards, 0, 1, NULL);
    while (walk_shard(&walk, NULL) > 0)
        while (walk_document(&walk, &doc, NULL) > 0) {
            digest.documents++;
            digest.sum += hash64(doc.text.data, doc.text.size, 0);
            str_append(&all, doc.text.data, doc.text.size);
            str_append_char(&all, '\n');
        }
    digest.order = hash128(all.data, all.size);
    str_fini(&all);
    walk_fini(&walk);
    manifest_fini(&shards);
    config_fini(&of);
    return digest;
}

/* ---- the jobs ---- */

/* What must come of dedup, found by comparing all with all. */
static int expect_list(struct str *list) {
    bool seen[TEXTS] = {false};
    int copies = 0;
    for (int s = 0; s < SHARDS; s++)
        for (int d = 0; d < DOCUMENTS - s; d++) {
            bool *text = &seen[text_of(s, d)];
            if (*text)
                str_printf(list, "s%d.txt\t%d\n", s, d);
            copies += *text;
            *text = true;
        }
    return copies;
}

static void test_dedup(struct comm *comm) {
    struct dedup_result result;
    struct err err = {0};
    struct str want = {0}, got = {0};
    char path[300];
    int copies = expect_list(&want);
    snprintf(path, sizeof path, "%s/drop.txt", folder);
    is_int(dedup_run(comm, &config, &manifest, false, path, &result, &err), 0,
           "dedup %s", err.text);
    is_int((int64_t)result.duplicates, copies, "every copy but the first");
    is_int((int64_t)result.documents, SHARDS * DOCUMENTS - SHARDS * (SHARDS - 1) / 2,
           "of all documents");
    comm_barrier(comm);
    CHECK(file_read(path, 1 << 20, &got, NULL) == 0);
    is_str(got.data, want.data, "the list is known");
    snprintf(path, sizeof path, "%s/no/drop.txt", folder);
    is_int(dedup_run(comm, &config, &manifest, false, path, &result, &err), -1,
           "a folder that is not there");
    is_int(err.code, ERR_MISSING, "  on all ranks");
    str_fini(&want);
    str_fini(&got);
}

static void test_reshard(struct comm *comm, const struct digest *whole,
                         int64_t memory) {
    char name[40], path[300];
    struct reshard_result result;
    struct err err = {0};
    snprintf(name, sizeof name, "new-%lld", (long long)memory);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    struct reshard_options options = {
        .output = {path, SHARD_JSONL, 1}, .shards = 7, .memory_bytes = memory};
    is_int(reshard_run(comm, &config, &manifest, &options, &result, &err), 0,
           "reshard %s", err.text);
    int once = memory > 1 ? 1 : (7 + comm_size(comm) - 1) / comm_size(comm);
    is_int(result.passes, once, "  passes with %lld bytes", (long long)memory);
    is_int((int64_t)result.counts.files, 7, "  shards");
    snprintf(name, sizeof name, "new-%lld/*", (long long)memory);
    struct digest got = digest_of(name, "auto");
    is_int(got.documents, whole->documents, "  documents in are documents out");
    ok(got.sum == whole->sum, "  the same ones");
    char hex[HASH_HEX_SIZE];
    hash_hex(got.order, hex);
    is_str(hex, "f35d8ca49c720b949db54ab40beed46c", "  in the order of their keys");
}

static void test_extract(struct comm *comm, const struct digest *whole) {
    char path[300];
    struct output_options options = {path, SHARD_TAR, 1};
    struct output_counts counts;
    struct tally tally;
    struct err err = {0};
    snprintf(path, sizeof path, "%s/clean", folder);
    is_int(
        extract_run(comm, &config, &manifest, &options, 10000, &tally, &counts, &err),
        0, "extract %s", err.text);
    is_int((int64_t)counts.documents, whole->documents, "  all that are kept");
    ok(counts.files > 2 * SHARDS, "  in files of at most 10 kB: %d", (int)counts.files);
    struct digest got = digest_of("clean/*", "auto");
    ok(got.order.low == whole->order.low, "  in their order");
    is_int(
        extract_run(comm, &config, &manifest, &options, 10000, &tally, &counts, &err),
        -1, "not into a folder with files");
    is_int(err.code, ERR_IO, "  code");
}

/* A limit of file size stands for a full disk. */
static void test_full_disk(struct comm *comm) {
    char path[300], partial[300];
    struct output_options options = {path, SHARD_JSONL, 1};
    struct output_counts counts;
    struct tally tally;
    struct rlimit limit, tight;
    struct err err = {0};
    snprintf(path, sizeof path, "%s/full", folder);
    snprintf(partial, sizeof partial, "%s/full.partial", folder);
    CHECK(getrlimit(RLIMIT_FSIZE, &limit) == 0);
    tight = (struct rlimit){.rlim_cur = 1024, .rlim_max = limit.rlim_max};
    CHECK(setrlimit(RLIMIT_FSIZE, &tight) == 0);
    int rc =
        extract_run(comm, &config, &manifest, &options, 1 << 20, &tally, &counts, &err);
    CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    ok(rc < 0 && err.code == ERR_IO, "no room on the disk: %s", err.text);
    ok(access(path, F_OK) < 0 && access(partial, F_OK) < 0, "  and nothing is left");
}

/* Only the rank that has it sees that a shard is gone. */
static void test_fault(struct comm *comm) {
    char path[300], gone[300];
    struct output_options options = {path, SHARD_TAR, 1};
    struct output_counts counts;
    struct tally tally;
    struct err err = {0};
    snprintf(path, sizeof path, "%s/never", folder);
    snprintf(gone, sizeof gone, "%s/s4.txt", folder);
    comm_barrier(comm);
    if (comm_rank(comm) == 0)
        CHECK(unlink(gone) == 0);
    comm_barrier(comm);
    is_int(
        extract_run(comm, &config, &manifest, &options, 10000, &tally, &counts, &err),
        -1, "a shard that went away");
    is_int(err.code, ERR_MISSING, "  is every rank's error");
    ok(strstr(err.text, "s4.txt") != NULL, "  with its name: %s", err.text);
    snprintf(gone, sizeof gone, "%s/never.partial", folder);
    ok(access(path, F_OK) < 0 && access(gone, F_OK) < 0, "  and nothing is left");
}

static void test_stats(struct comm *comm, const struct digest *whole) {
    struct stats_options options = {.samples = 2};
    struct stats stats;
    struct err err = {0};
    uint64_t words = 0;
    for (int s = 0; s < SHARDS; s++)
        for (int d = 0; d < DOCUMENTS - s; d++)
            words += 3 + (uint64_t)(text_of(s, d) * text_of(s, d) % 197);
    CHECK(config_set(&config, "filter.min_words", "10", "test", NULL) == 0);
    is_int(stats_run(comm, &config, &manifest, &options, &stats, &err), 0, "stats %s",
           err.text);
    if (comm_rank(comm) == 0) {
        const struct tally *t = &stats.total.tally;
        uint64_t dropped = t->rules[RULE_min_words].dropped;
        is_int(stats.shard_count, SHARDS, "  a report a shard");
        is_int((int64_t)stats.shards[3].tally.documents, DOCUMENTS - 3, "  in order");
        ok(dropped > 0 && (int)(t->documents_kept + dropped) == whole->documents,
           "  kept and dropped are all");
        ok(stats.total.words < words && stats.total.words > words - 10 * dropped,
           "  words of the documents kept");
        const struct samples *samples = &stats.total.samples[RULE_min_words];
        is_int(samples->count, 2, "  samples");
        is_str(samples->items[0].text,
               "w20.0 w20.1 w20.2 w20.3 w20.4 w20.5 w20.6 w20.7 w20.8",
               "  always the same");
    }
    stats_fini(&stats);
    CHECK(config_set(&config, "filter.min_words", NULL, "test", NULL) == 0);
}

int main(int argc, char **argv) {
    struct err err = {0};
    char name[256];
    struct comm *comm = comm_create(&argc, &argv, &err);
    if (comm == NULL)
        return log_error(&err);
    tap_quiet(comm_rank(comm) != 0);
    snprintf(name, sizeof name, "%s", tap_folder());
    comm_broadcast(comm, name, sizeof name, 0);
    folder = name;
    if (comm_rank(comm) == 0)
        make_shards();
    comm_barrier(comm);
    open_corpus(&config, &manifest, "s*.txt", "lines");
    const struct digest whole = digest_of("s?.txt", "lines");
    test_dedup(comm);
    test_reshard(comm, &whole, 1);
    test_reshard(comm, &whole, 1 << 20);
    test_extract(comm, &whole);
    test_stats(comm, &whole);
    test_full_disk(comm);
    test_fault(comm);
    manifest_fini(&manifest);
    config_fini(&config);
    int rc = tap_done();
    comm_barrier(comm);
    comm_destroy(comm);
    return rc;
}
