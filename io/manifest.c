/* SPDX-License-Identifier: Apache-2.0 */
/* Sources to shards: see manifest.h.  A path that exists is taken as it is, even with a
 * * in it; else it is a pattern, with ~ and {a,b}.  The order does not depend on the
 * locale. */
#include "io/manifest.h"

#include <glob.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "io/readers/reader.h"
#include "src/base/fs.h"
#include "src/base/mem.h"
#include "src/base/str.h"

/* A shard while it is compared with others. */
struct candidate {
    dev_t device;
    ino_t inode;
    int shard;
};

static void add_shard(struct manifest *m, int source, const char *path, off_t bytes) {
    if ((m->shard_count & (m->shard_count - 1)) == 0) { /* powers of two: grow */
        size_t capacity = m->shard_count ? 2 * (size_t)m->shard_count : 1;
        m->shards = mem_resize(m->shards, capacity, sizeof *m->shards);
    }
    m->shards[m->shard_count++] =
        (struct manifest_shard){mem_string(path), (int64_t)bytes, source};
}

/* What a pattern finds, folders left out. */
static int add_matches(struct manifest *m, int source, const char *pattern,
                       struct err *err) {
    glob_t found;
    int rc = glob(pattern, GLOB_BRACE | GLOB_TILDE | GLOB_ERR, NULL, &found);
    int before = m->shard_count;
    if (rc == GLOB_ABORTED)
        return err_errno(err, "read the folder of", pattern);
    for (size_t i = 0; rc == 0 && i < found.gl_pathc; i++) {
        struct stat info;
        if (fs->stat(found.gl_pathv[i], &info) < 0)
            rc = err_errno(err, "examine", found.gl_pathv[i]);
        else if (S_ISREG(info.st_mode))
            add_shard(m, source, found.gl_pathv[i], info.st_size);
    }
    globfree(&found);
    if (rc < 0)
        return -1;
    if (m->shard_count == before)
        return err_set(err, ERR_MISSING, "%s: no such file (source %d)", pattern,
                       source + 1);
    return 0;
}

static int add_source(struct manifest *m, int source, struct err *err) {
    const struct source_spec *spec = &m->specs[source];
    const struct reader_format *format;
    if (spec->path == NULL || spec->path[0] == '\0')
        return err_set(err, ERR_CONFIG, "source %d has no path", source + 1);
    if (reader_find(spec->format, &format, err) < 0)
        return err_prefix(err, "source %d (%s)", source + 1, spec->path);
    struct stat info;
    if (fs->stat(spec->path, &info) < 0)
        return add_matches(m, source, spec->path, err);
    if (S_ISDIR(info.st_mode))
        return err_set(err, ERR_CONFIG,
                       "%s: is a folder; write %s/* for the files in it", spec->path,
                       spec->path);
    if (!S_ISREG(info.st_mode))
        return err_set(err, ERR_CONFIG, "%s: is no regular file", spec->path);
    add_shard(m, source, spec->path, info.st_size);
    return 0;
}

static int by_path(const void *a, const void *b) {
    const struct manifest_shard *x = a, *y = b;
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    return strcmp(x->path, y->path);
}

static int by_file(const void *a, const void *b) {
    const struct candidate *x = a, *y = b;
    if (x->device != y->device)
        return x->device < y->device ? -1 : 1;
    if (x->inode != y->inode)
        return x->inode < y->inode ? -1 : 1;
    return x->shard - y->shard;
}

/* A file that is there twice, under whatever names, would be trained on twice. */
static int check_twice(const struct manifest *m, struct err *err) {
    struct candidate *files = mem_alloc((size_t)m->shard_count + 1, sizeof *files);
    int rc = 0;
    for (int i = 0; rc == 0 && i < m->shard_count; i++) {
        struct stat info;
        if (fs->stat(m->shards[i].path, &info) < 0)
            rc = err_errno(err, "examine", m->shards[i].path);
        files[i] = (struct candidate){info.st_dev, info.st_ino, i};
    }
    if (rc == 0)
        qsort(files, (size_t)m->shard_count, sizeof *files, by_file);
    for (int i = 1; rc == 0 && i < m->shard_count; i++) {
        if (files[i].device != files[i - 1].device ||
            files[i].inode != files[i - 1].inode)
            continue;
        const struct manifest_shard *a = &m->shards[files[i - 1].shard];
        const struct manifest_shard *b = &m->shards[files[i].shard];
        rc =
            err_set(err, ERR_CONFIG, "the file %s of source %d is also %s of source %d",
                    a->path, a->source + 1, b->path, b->source + 1);
    }
    mem_free(files);
    return rc;
}

int manifest_init(struct manifest *manifest, const struct source_spec *specs, int count,
                  struct err *err) {
    *manifest = (struct manifest){.specs = specs, .spec_count = count};
    int rc = 0;
    for (int i = 0; rc == 0 && i < count; i++)
        rc = add_source(manifest, i, err);
    if (rc == 0 && manifest->shard_count > 0)
        qsort(manifest->shards, (size_t)manifest->shard_count, sizeof *manifest->shards,
              by_path);
    if (rc == 0)
        rc = check_twice(manifest, err);
    if (rc < 0)
        manifest_fini(manifest);
    return rc;
}

void manifest_fini(struct manifest *manifest) {
    for (int i = 0; i < manifest->shard_count; i++)
        mem_free(manifest->shards[i].path);
    mem_free(manifest->shards);
    *manifest = (struct manifest){0};
}
