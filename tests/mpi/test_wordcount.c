/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: the words of a small corpus are counted by hand, and then over ranks with
 * budgets that force many rounds and spills: the same counts must meet on rank 0.  A
 * run that a lost shard ends goes on from its state file and comes to the same; a state
 * file that is damaged anywhere, or of something else, is refused. */
#include "src/vocab/wordcount.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "mpi/agree.h"
#include "src/base/die.h"
#include "src/base/file.h"
#include "src/base/log.h"
#include "src/vocab/wordflow.h"
#include "src/vocab/wordstate.h"
#include "tests/tap.h"

enum { SHARDS = 6, WORDS = 9 };
static const int documents[SHARDS] = {6, 16, 4, 8, 5, 2}; /* the last is the least */

/* Words are t0, t1, …; in the corpus some are written with a capital or an accent. */
static int word_of(int shard, int document, int place) {
    return (shard * 7 + document * document + place * (1 + document % 11)) % 700;
}

static void write_shards(struct map *want) {
    static const char *const spellings[] = {"t", "T", "\xC5\xA5", "T\xCC\x8C"};
    for (int s = 0; s < SHARDS; s++) {
        char name[32], word[16];
        snprintf(name, sizeof name, "shard-%d.txt", s);
        FILE *file = fopen(name, "w");
        CHECK(file != NULL);
        for (int d = 0; d < documents[s]; d++) {
            for (int i = 0; i < WORDS; i++) {
                int number = word_of(s, d, i);
                fprintf(file, "%s%d ", spellings[(d + i) % 4], number);
                snprintf(word, sizeof word, "t%d", number);
                map_put(want, slice_of(word), NULL)->value++;
            }
            fputs("\n", file);
        }
        fclose(file);
    }
}

struct scene {
    struct comm *comm;
    struct config config;
    struct manifest manifest;
    struct map want; /* on rank 0 */
};

static int sum_word(void *context, struct slice word, uint64_t count, struct err *err) {
    (void)err;
    map_put(context, word, NULL)->value += count;
    return 0;
}

static void compare(const struct scene *scene, struct wordcount *counts,
                    const char *what) {
    struct map got = {0};
    struct err err;
    int rc = wordflow_gather(scene->comm, &counts->words, 1, 100, sum_word, &got, &err);
    is_int(rc, 0, "%s: gathered", what);
    int64_t wrong = 0;
    for (size_t i = 0; i < got.capacity; i++) {
        const struct map_entry *e = &got.entries[i], *f;
        if (e->key == NULL)
            continue;
        f = map_find(&scene->want, (struct slice){e->key, e->key_size});
        wrong += f == NULL || f->value != e->value;
    }
    is_int((int64_t)got.count, (int64_t)scene->want.count, "%s: different words", what);
    is_int(wrong, 0, "%s: counts", what);
    int64_t all = 0;
    for (int s = 0; s < SHARDS; s++)
        all += documents[s];
    is_int((int64_t)counts->tally.documents_kept, all, "%s: documents", what);
    is_int((int64_t)counts->tally.shards, SHARDS, "%s: shards", what);
    map_fini(&got);
}

static struct wordcount_options options_of(const struct scene *scene, size_t memory,
                                           const char *state) {
    return (struct wordcount_options){.config = &scene->config,
                                      .normalizer = {true, true, true, true, false},
                                      .memory_bytes = memory,
                                      .folder = ".",
                                      .state = state};
}

static void test_budget(struct scene *scene, size_t memory, bool tight) {
    struct wordcount_options options = options_of(scene, memory, NULL);
    struct wordcount counts;
    struct err err = {0};
    is_int(wordcount_run(scene->comm, &scene->manifest, &options, &counts, &err), 0,
           "counted in %zu bytes", memory);
    uint64_t spills = counts.words.spills;
    comm_sum_u64(scene->comm, &spills, 1);
    ok((counts.rounds > 3) == tight, "%d rounds", (int)counts.rounds);
    ok((spills > 0) == tight, "%d spills", (int)spills);
    compare(scene, &counts, tight ? "tight" : "wide");
    wordcount_fini(&counts);
}

/* Runs with the last shard gone, which fails; then whole. */
static void test_resume(struct scene *scene, size_t memory) {
    const char *lost = scene->manifest.shards[SHARDS - 1].path;
    struct wordcount_options options = options_of(scene, memory, "state");
    struct wordcount counts;
    struct err err = {0};
    bool root = comm_rank(scene->comm) == 0;
    CHECK(!root || rename(lost, "elsewhere") == 0);
    comm_barrier(scene->comm);
    is_int(wordcount_run(scene->comm, &scene->manifest, &options, &counts, &err), -1,
           "a shard is gone");
    is_int(err.code, ERR_MISSING, "code");
    CHECK(!root || rename("elsewhere", lost) == 0);
    comm_barrier(scene->comm);
    is_int(wordcount_run(scene->comm, &scene->manifest, &options, &counts, &err), 0,
           "it is back");
    ok(!root || counts.resumed >= 2, "%d documents were counted before",
       (int)counts.resumed);
    compare(scene, &counts, "resumed");
    wordcount_fini(&counts);
    is_int(wordcount_run(scene->comm, &scene->manifest, &options, &counts, &err), 0,
           "again, with nothing to read");
    compare(scene, &counts, "complete");
    wordcount_fini(&counts);
}

/* The code of a run that goes on from these bytes. */
static int code_of(struct scene *scene, const struct wordcount_options *options,
                   const struct str *bytes) {
    struct wordcount counts;
    struct err err = {0};
    if (comm_rank(scene->comm) == 0)
        CHECK(file_write_atomic("state", bytes->data, bytes->size, &err) == 0);
    comm_barrier(scene->comm);
    int rc = wordcount_run(scene->comm, &scene->manifest, options, &counts, &err);
    if (rc == 0)
        wordcount_fini(&counts);
    return rc == 0 ? 0 : err.code;
}

static void test_damage(struct scene *scene) {
    struct wordcount_options options = options_of(scene, 1 << 20, "state");
    struct str state = {0};
    struct err err;
    CHECK(file_read("state", 1 << 24, &state, &err) == 0);
    is_int(code_of(scene, &options, &state), 0, "as it was");
    options.normalizer.lowercase = false;
    is_int(code_of(scene, &options, &state), ERR_CONFIG, "of words made otherwise");
    options.normalizer.lowercase = true;
    int wrong = 0;
    for (size_t at = 0; at < state.size; at += 1 + state.size / 7) {
        state.data[at] ^= 4;
        wrong += code_of(scene, &options, &state) != ERR_DATA;
        state.data[at] ^= 4;
    }
    is_int(wrong, 0, "a byte changed anywhere is seen");
    wrong = 0;
    struct str part = state;
    for (part.size = 0; part.size < state.size; part.size += 1 + state.size / 5)
        wrong += code_of(scene, &options, &part) != ERR_DATA;
    is_int(wrong, 0, "an end missing anywhere is seen");
    str_fini(&state);
}

static void enter_folder(struct comm *comm) {
    char folder[256] = "";
    if (comm_rank(comm) == 0)
        snprintf(folder, sizeof folder, "%s", tap_folder());
    comm_broadcast(comm, folder, sizeof folder, 0);
    CHECK(chdir(folder) == 0);
}

int main(int argc, char **argv) {
    struct err err = {0};
    struct scene scene = {.comm = comm_create(&argc, &argv, &err)};
    if (scene.comm == NULL)
        return log_error(&err);
    tap_quiet(comm_rank(scene.comm) != 0);
    enter_folder(scene.comm);
    if (comm_rank(scene.comm) == 0)
        write_shards(&scene.want);
    comm_barrier(scene.comm);
    config_init(&scene.config);
    char path[] = "shard-*.txt", format[] = "lines";
    struct source_spec spec = {.path = path, .format = format, .weight = 1};
    CHECK(manifest_init(&scene.manifest, &spec, 1, &err) == 0);
    test_budget(&scene, 1 << 24, false);
    test_budget(&scene, 1 << 12, true);
    test_resume(&scene, 1 << 20);
    comm_barrier(scene.comm);
    CHECK(comm_rank(scene.comm) != 0 || unlink("state") == 0);
    test_resume(&scene, 1 << 12);
    test_damage(&scene);
    manifest_fini(&scene.manifest);
    config_fini(&scene.config);
    map_fini(&scene.want);
    CHECK(chdir("/") == 0);
    comm_barrier(scene.comm);
    int rc = tap_done();
    comm_destroy(scene.comm);
    return rc;
}
