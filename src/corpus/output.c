/* SPDX-License-Identifier: Apache-2.0 */
/* Folders of new shards: see output.h. */
#include "src/corpus/output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "mpi/agree.h"
#include "src/base/file.h"
#include "src/base/fs.h"

static int count_name(const char *dir, const char *name, void *context,
                      struct err *err) {
    int *count = context;
    (void)dir, (void)name, (void)err;
    ++*count;
    return 0;
}

/* 0 if nothing is there, or a folder with nothing in it. */
static int check_free(const char *path, struct err *err) {
    int count = 0;
    struct err why = {0};
    if (file_each_name(path, count_name, &count, &why) < 0)
        return why.code == ERR_MISSING
                   ? 0
                   : err_set(err, ERR_IO, "write to %s: %s", path, why.text);
    return count == 0
               ? 0
               : err_set(err, ERR_IO,
                         "%s: is there and not empty; choose another folder", path);
}

static int make_partial(const struct output *output, struct err *err) {
    struct stat info;
    const char *partial = output->partial.data;
    if (check_free(output->folder.data, err) < 0)
        return -1;
    if (fs->lstat(partial, &info) == 0)
        return err_set(err, ERR_IO,
                       "%s: is there, written by a job that did not end or still runs; "
                       "remove it",
                       partial);
    if (file_make_folder(partial, err) == 0)
        return 0;
    err->code = ERR_IO;
    return -1;
}

int output_begin(struct output *output, struct comm *comm,
                 const struct output_options *options, struct err *err) {
    *output = (struct output){.options = *options};
    size_t size = strlen(options->folder);
    while (size > 1 && options->folder[size - 1] == '/')
        size--;
    str_append(&output->folder, options->folder, size);
    str_printf(&output->partial, "%s.partial", output->folder.data);
    int rc = comm_rank(comm) == 0 ? make_partial(output, err) : 0;
    rc = comm_agree(comm, rc, err);
    if (rc < 0) {
        str_fini(&output->folder);
        str_fini(&output->partial);
    }
    return rc;
}

int output_open(struct output *output, struct slice stem, int number, struct err *err) {
    struct str path = {0};
    str_printf(&path, "%s/%.*s-%05d%s", output->partial.data, (int)stem.size, stem.data,
               number, shard_writer_suffix(output->options.form));
    output->pack = shard_writer_create(path.data, output->options.form,
                                       output->options.level, err);
    str_fini(&path);
    return output->pack ? 0 : -1;
}

int output_add(struct output *output, const struct doc *doc, struct err *err) {
    int pieces = shard_writer_add(output->pack, doc, err);
    if (pieces < 0)
        return -1;
    output->counts.documents++;
    output->counts.pieces += (uint64_t)pieces;
    output->counts.text_bytes += doc->text.size;
    return 0;
}

int output_close(struct output *output, struct err *err) {
    int64_t stored_bytes;
    struct shard_writer *pack = output->pack;
    output->pack = NULL;
    if (pack == NULL)
        return 0;
    if (shard_writer_close(pack, &stored_bytes, err) < 0)
        return -1;
    output->counts.stored_bytes += (uint64_t)stored_bytes;
    output->counts.files++;
    return 0;
}

static int remove_name(const char *dir, const char *name, void *context,
                       struct err *err) {
    struct str path = {0};
    (void)context, (void)err;
    str_printf(&path, "%s/%s", dir, name);
    fs->unlink(path.data);
    str_fini(&path);
    return 0;
}

/* The files in it are all ours. */
static void remove_partial(const struct output *output) {
    file_each_name(output->partial.data, remove_name, NULL, NULL);
    fs->rmdir(output->partial.data);
}

/* Names of files first, then the folder's own. */
static int commit(const struct output *output, struct err *err) {
    struct str inside = {0};
    str_printf(&inside, "%s/.", output->partial.data);
    int rc = file_sync_folder(inside.data, err);
    str_fini(&inside);
    if (rc == 0 && fs->rename(output->partial.data, output->folder.data) < 0)
        rc = err_set(err, ERR_IO, "rename %s to %s: %s", output->partial.data,
                     output->folder.data, strerror(errno));
    return rc < 0 ? -1 : file_sync_folder(output->folder.data, err);
}

int output_end(struct output *output, struct comm *comm, int rc,
               struct output_counts *counts, struct err *err) {
    shard_writer_abandon(output->pack);
    rc = comm_agree(comm, rc, err);
    if (rc == 0) {
        rc = comm_rank(comm) == 0 ? commit(output, err) : 0;
        rc = comm_agree(comm, rc, err);
    }
    if (rc < 0 && comm_rank(comm) == 0)
        remove_partial(output);
    *counts = output->counts;
    comm_sum_u64(comm, (uint64_t *)counts, sizeof *counts / sizeof(uint64_t));
    str_fini(&output->folder);
    str_fini(&output->partial);
    return rc;
}
