/* SPDX-License-Identifier: Apache-2.0 */
/* A run for tests: see smallrun.h. */
#include "tests/smallrun.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/ckpt/ckpt.h"
#include "src/base/die.h"
#include "src/base/file.h"
#include "src/base/mem.h"
#include "src/base/rng.h"
#include "src/train/threads.h"
#include "src/train/trainer.h"
#include "tests/tap.h"

enum { WORDS = 30, SENTENCES = 4 };

static void must(int rc, const struct err *err) {
    if (rc < 0)
        die("the small run: %s", err->text);
}

void smallrun_set(struct smallrun *run, const char *key, const char *value) {
    struct err err;
    must(config_set(&run->config, key, value, "test", &err), &err);
}

void smallrun_enter(struct smallrun *run, const char *dir) {
    struct str path = {0};
    str_printf(&path, "%s/%s", run->folder, dir);
    smallrun_set(run, "checkpoint.dir", path.data);
    str_fini(&path);
}

void smallrun_write(struct smallrun *run, const char *name, const char *text) {
    struct str path = {0};
    str_printf(&path, "%s/%s", run->folder, name);
    comm_barrier(run->comm);
    if (comm_rank(run->comm) == 0) {
        FILE *file = fopen(path.data, "w");
        CHECK(file && fputs(text, file) >= 0 && fclose(file) == 0);
    }
    comm_barrier(run->comm);
    str_fini(&path);
}

char *smallrun_text(int documents, int seed) {
    struct str text = {0};
    struct rng rng;
    rng_init(&rng, 1, RNG_TEST, (uint64_t)seed, 0);
    for (int s = 0; s < documents * SENTENCES; s++) {
        int words = 3 + (int)rng_below(&rng, 8);
        for (int w = 0; w < words; w++)
            str_printf(&text, "%sw%d", w ? " " : "", (int)rng_below(&rng, WORDS));
        str_printf(&text, " .\n%s", s % SENTENCES == SENTENCES - 1 ? "\n" : "");
    }
    return text.data;
}

void smallrun_inputs(struct smallrun *run) {
    struct str vocab = {0};
    char *text = smallrun_text(60, 1);
    str_printf(&vocab, "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n.\n");
    for (int w = 0; w < WORDS; w++)
        str_printf(&vocab, "w%d\n", w);
    smallrun_write(run, "vocab.txt", vocab.data);
    smallrun_write(run, "text.txt", text);
    mem_free(text);
    str_fini(&vocab);
}

static void set_path(struct smallrun *run, const char *key, const char *name) {
    struct str path = {0};
    str_printf(&path, "%s/%s", run->folder, name);
    smallrun_set(run, key, path.data);
    str_fini(&path);
}

void smallrun_init(struct smallrun *run, struct comm *comm, const char *name) {
    static const char *const settings[][2] = {{"data.sources[0].format", "blankline"},
                                              {"data.lowercase", "true"},
                                              {"data.block_bytes", "64KiB"},
                                              {"model.layers", "1"},
                                              {"model.hidden", "16"},
                                              {"model.heads", "2"},
                                              {"model.ffn", "32"},
                                              {"model.max_positions", "32"},
                                              {"train.sequence_length", "24"},
                                              {"train.lanes", "4"},
                                              {"train.lane_batch", "2"},
                                              {"train.steps", "6"},
                                              {"train.warmup_steps", "2"},
                                              {"train.learning_rate", "0.01"},
                                              {"train.chunk_tokens", "64"},
                                              {"checkpoint.every_steps", "2"},
                                              {"checkpoint.keep", "2"},
                                              {"log.progress", "none"}};
    struct err err;
    *run = (struct smallrun){.comm = comm, .binding = threads_begin(comm)};
    if (comm_rank(comm) == 0) {
        snprintf(run->folder, sizeof run->folder, "%s/%s", tap_folder(), name);
        must(file_make_folder(run->folder, &err), &err);
    }
    comm_broadcast(comm, run->folder, sizeof run->folder, 0);
    config_init(&run->config);
    set_path(run, "data.sources[0].path", "text.txt");
    set_path(run, "data.vocab", "vocab.txt");
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        smallrun_set(run, settings[i][0], settings[i][1]);
    smallrun_enter(run, "run");
    smallrun_inputs(run);
}

int smallrun_run(struct smallrun *run, struct err *err) {
    struct wishes wishes;
    int rc = -1;
    wishes_open(&wishes, &run->config, comm_rank(run->comm), err);
    struct trainer *t =
        trainer_open(run->comm, run->binding, &run->config, NULL, &wishes, false, err);
    if (t)
        rc = trainer_close(t, trainer_loop(t, err), err);
    wishes_close(&wishes);
    return rc;
}

/* The state's hash of the newest good checkpoint. */
static void hash_of(struct smallrun *run, char result[1100]) {
    struct str path = {0};
    struct err err = {0};
    struct ckpt *ckpt = ckpt_resolve(run->config.checkpoint_dir, &path, &err) == 0
                            ? ckpt_open(path.data, &err)
                            : NULL;
    if (ckpt)
        snprintf(result, 1100, "%s", ckpt_header(ckpt)->state_hash);
    else
        snprintf(result, 1100, "%d: %s", err.code, err.text);
    ckpt_close(ckpt);
    str_fini(&path);
}

void smallrun_train(struct smallrun *run, char result[1100]) {
    struct err err = {0};
    if (smallrun_run(run, &err) == 0)
        hash_of(run, result);
    else
        snprintf(result, 1100, "%d: %s", err.code, err.text);
    comm_barrier(run->comm);
}

static int is_shown(const struct dirent *entry) {
    const char *name = entry->d_name;
    return strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
           strcmp(name, LOCK_NAME) != 0;
}

void smallrun_list(struct smallrun *run, char list[512]) {
    struct dirent **entries;
    int at = 0;
    list[0] = '\0';
    comm_barrier(run->comm);
    int count = scandir(run->config.checkpoint_dir, &entries, is_shown, alphasort);
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        int64_t step = ckpt_step_of(name);
        if (step < 0)
            at += snprintf(list + at, 512 - (size_t)at, "%s%s", at ? " " : "", name);
        else
            at += snprintf(list + at, 512 - (size_t)at, "%s%lld", at ? " " : "",
                           (long long)step);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    else
        snprintf(list, 512, "no folder");
    comm_barrier(run->comm);
}

void smallrun_fini(struct smallrun *run) {
    comm_barrier(run->comm);
    binding_destroy(run->binding);
    config_fini(&run->config);
}
