/* SPDX-License-Identifier: Apache-2.0 */
/* What ranks read, as facts that must be the same: see inputs.h.  A file that a rank
 * cannot read is a fact, too: if nobody can, the one who needs it says so. */
#include "src/train/inputs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "mpi/agree.h"
#include "mpi/same.h"
#include "src/base/file.h"
#include "src/base/fs.h"
#include "src/base/log.h"
#include "src/base/mem.h"
#include "src/kernels/gemm.h"
#include "src/kernels/precision.h"
#include "src/kernels/vec.h"

static const char cure[] = "all hosts must have the same files in the same places";

/* ---- files and folders ---- */

struct names {
    char **list; /* owned, as each of them */
    int count;
};

static int take_name(const char *dir, const char *name, void *context,
                     struct err *err) {
    struct names *names = context;
    (void)dir, (void)err;
    if (name[0] == '.')
        return 0;
    names->list =
        mem_resize(names->list, (size_t)names->count + 1, sizeof *names->list);
    names->list[names->count++] = mem_string(name);
    return 0;
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Appends the name and the hash of a file; nothing of what is none. */
static int add_file(const char *dir, const char *name, struct str *text,
                    struct err *err) {
    char hex[HASH_HEX_SIZE];
    struct stat info;
    struct str path = {0};
    int rc = 0;
    str_printf(&path, "%s/%s", dir, name);
    if (fs->stat(path.data, &info) == 0 && S_ISREG(info.st_mode)) {
        rc = file_hash(path.data, hex, err);
        if (rc == 0)
            str_printf(text, "%s %s\n", name, hex);
    }
    str_fini(&path);
    return rc;
}

/* The names and contents of its files; not of folders in it. */
static int hash_folder(const char *path, char hex[HASH_HEX_SIZE], struct err *err) {
    struct names names = {0};
    struct str text = {0};
    int rc = file_each_name(path, take_name, &names, err);
    if (names.count > 0)
        qsort(names.list, (size_t)names.count, sizeof *names.list, by_name);
    for (int i = 0; i < names.count; i++) {
        if (rc == 0)
            rc = add_file(path, names.list[i], &text, err);
        mem_free(names.list[i]);
    }
    mem_free(names.list);
    hash_hex(hash128(text.data, text.size), hex);
    str_fini(&text);
    return rc;
}

static void add_path(struct str *facts, const char *name, const char *path) {
    char hex[HASH_HEX_SIZE] = "";
    struct str what = {0};
    struct err fault;
    struct stat info;
    bool folder = fs->stat(path, &info) == 0 && S_ISDIR(info.st_mode);
    int rc = folder ? hash_folder(path, hex, &fault) : file_hash(path, hex, &fault);
    str_printf(&what, "%s %s", name, path);
    if (rc == 0)
        same_add(facts, what.data, "%s of hash %s", folder ? "folder" : "file", hex);
    else
        same_add(facts, what.data, "%s", fault.text);
    str_fini(&what);
}

int inputs_agree_file(struct comm *comm, const char *name, const char *path,
                      struct err *err) {
    struct str facts = {0};
    if (path == NULL || comm_size(comm) == 1)
        return 0;
    add_path(&facts, name, path);
    int rc = same_check(comm, &facts, cure, err);
    str_fini(&facts);
    return rc;
}

/* ---- what a configuration names ---- */

static void add_files(struct str *facts, const struct config *config) {
    for (int i = 0; config && i < options_count; i++) {
        const struct option *o = &options_table[i];
        if (o->type == OPTION_FILE && option_is_set(o, options_value(config, o)))
            add_path(facts, o->key, *(char *const *)options_value(config, o));
    }
}

static void add_shards(struct str *facts, const char *what,
                       const struct manifest *manifest) {
    for (int i = 0; manifest && i < manifest->shard_count; i++) {
        const struct manifest_shard *shard = &manifest->shards[i];
        struct str name = {0};
        str_printf(&name, "%s %s", what, shard->path);
        same_add(facts, name.data, "%lld bytes", (long long)shard->bytes);
        str_fini(&name);
    }
}

int inputs_agree(struct comm *comm, const struct config *config,
                 const struct manifest *sources, const struct manifest *heldout, int rc,
                 struct err *err) {
    struct str facts = {0};
    struct err fault = {0};
    if (comm_size(comm) == 1)
        return rc;
    same_add(&facts, "shards", "%s", rc < 0 ? err->text : "found");
    if (rc == 0) {
        add_shards(&facts, "shard", sources);
        add_shards(&facts, "held-out shard", heldout);
    }
    add_files(&facts, config);
    if (same_check(comm, &facts, cure, &fault) < 0) {
        rc = -1;
        *err = fault;
    }
    str_fini(&facts);
    return comm_agree(comm, rc, err);
}

/* ---- models ---- */

void inputs_add_bytes(struct str *facts, const char *name, const void *bytes,
                      size_t size) {
    char hex[HASH_HEX_SIZE];
    hash_hex(hash128(bytes, size), hex);
    same_add(facts, name, "of hash %s", hex);
}

int inputs_agree_model(struct comm *comm, const struct bundle *bundle,
                       struct err *err) {
    struct str facts = {0}, options = {0};
    if (comm_size(comm) == 1)
        return 0;
    config_dump(&bundle->config, &options);
    same_add(&facts, "step", "%lld", (long long)bundle->step);
    inputs_add_bytes(&facts, "options", options.data, options.size);
    inputs_add_bytes(&facts, "vocabulary", bundle->vocab.text, bundle->vocab.text_size);
    inputs_add_bytes(&facts, "weights", bundle->weights.data,
                     bundle->table.total * sizeof(float));
    struct str same = {0};
    str_printf(&same, "all hosts must have the same %s", bundle->name);
    int rc = same_check(comm, &facts, same.data, err);
    str_fini(&same);
    str_fini(&facts);
    str_fini(&options);
    return rc;
}

void inputs_describe_kernels(struct str *text) {
    str_printf(text, "%s; %s", vec_describe(), gemm_describe());
}

/* Collective. */
static int compare_kernels(struct comm *comm, const char *advice, struct err *err) {
    struct str facts = {0}, kernels = {0};
    inputs_describe_kernels(&kernels);
    same_add(&facts, "kernels", "%s; %s", kernels.data,
             precision_describe() ? precision_describe() : "fp32");
    int rc = same_check(comm, &facts, advice, err);
    str_fini(&facts);
    str_fini(&kernels);
    return rc;
}

void inputs_note_kernels(struct comm *comm) {
    struct err note;
    if (compare_kernels(comm, "hosts of another kind give other last bits", &note) < 0)
        log_info("note: %s", note.text);
}

int inputs_agree_kernels(struct comm *comm, struct err *err) {
    return compare_kernels(comm, "take hosts with processors of one kind", err);
}
