/* SPDX-License-Identifier: Apache-2.0 */
/* Names of shards: see names.h. */
#include "src/corpus/names.h"

#include <string.h>

#include "src/base/file.h"
#include "src/base/map.h"

/* Whether the name ends so; its size without that. */
static bool cut_ending(struct slice *name) {
    static const char *const endings[] = {
        ".gz",  ".bz2", ".xz",    ".lzma",   ".zst",  ".lz4",  ".tar", ".tgz",
        ".txt", ".xml", ".jsonl", ".ndjson", ".json", ".warc", ".wet"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t n = strlen(endings[i]);
        if (name->size > n && memcmp(name->data + name->size - n, endings[i], n) == 0) {
            name->size -= n;
            return true;
        }
    }
    return false;
}

struct slice names_stem(const char *path) {
    struct slice stem = slice_of(file_base_name(path));
    while (cut_ending(&stem))
        continue;
    return stem;
}

static struct slice base_of(const char *path) { return slice_of(file_base_name(path)); }

static int check_unique(const struct manifest *manifest,
                        struct slice name(const char *), const char *what,
                        struct err *err) {
    struct map seen = {0};
    int rc = 0;
    for (int i = 0; rc == 0 && i < manifest->shard_count; i++) {
        const char *path = manifest->shards[i].path;
        struct map_entry *entry = map_put(&seen, name(path), NULL);
        if (entry->value > 0)
            rc =
                err_set(err, ERR_CONFIG, "%s and %s %s; rename one, or take them apart",
                        manifest->shards[entry->value - 1].path, path, what);
        entry->value = (uint64_t)i + 1;
    }
    map_fini(&seen);
    return rc;
}

int names_check_bases(const struct manifest *manifest, struct err *err) {
    return check_unique(manifest, base_of,
                        "have the same name, so a list cannot tell them apart", err);
}

int names_check_stems(const struct manifest *manifest, struct err *err) {
    return check_unique(manifest, names_stem, "would become files of the same name",
                        err);
}
