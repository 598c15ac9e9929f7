/* SPDX-License-Identifier: Apache-2.0 */
/* Writing a checkpoint: complete and hashed under its name, or not there.
 *
 *   all     hash their own slices from memory; rank 0 gathers the hashes
 *   rank 0  lays out the file under a temporary name: groups, room for every tensor,
 *           header, texts, hashes
 *   all     open it through MPI-IO, write their slices, close; sync it
 *   rank 0  renames it, syncs the folder
 *
 * After each step the ranks agree on how it went; a fault is only ever recorded before
 * that, so that nobody leaves a collective call early.  The metadata is one rank's
 * work, because parallel HDF5 does not come back on all ranks when a write of metadata
 * fails on one.  What is shared is what is long: the numbers. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "io/ckpt/ckpt.h"
#include "io/ckpt/contents.h"
#include "io/ckpt/hdf5.h"
#include "mpi/agree.h"
#include "mpi/partition.h"
#include "src/base/die.h"
#include "src/base/file.h"
#include "src/base/fs.h"
#include "src/base/mem.h"

enum { CHUNK = CONTENTS_CHUNK_BYTES / sizeof(float) }; /* elements */

/* One checkpoint on its way to disk.  The numbers of all blocks are thought of as one
 * flat run: all weights, then each moment. */
struct writing {
    struct comm *comm;
    const char *path;
    struct str temporary;
    struct ckpt_header *header;
    const struct ckpt_groups *blocks;
    size_t starts[CKPT_BLOCKS + 1]; /* of each block in the flat run, and its end */
    size_t first, end;              /* this rank's share of that */
};

/* One tensor of one block. */
struct item {
    char name[CONTENTS_NAME_SIZE];
    const struct tensor *tensor;
    const float *data; /* of the slice */
    struct span slice; /* what this rank hashes and writes of it */
};

static int item_count(const struct writing *w) {
    int count = 0;
    for (int b = 0; b < w->blocks->count; b++)
        count += w->blocks->list[b].table->count;
    return count;
}

/* The elements of a dataset that are in chunks which begin before place `flat` of the
 * run. */
static size_t elements_before(size_t flat, size_t start, size_t count) {
    size_t before = flat <= start ? 0 : flat - start;
    size_t whole = (before + CHUNK - 1) / CHUNK * CHUNK;
    return whole < count ? whole : count;
}

/* A rank owns the chunks that begin in its share of the flat run: shares differ by a
 * chunk at most, and no chunk has two owners. */
static struct span slice_of_tensor(const struct writing *w, int block,
                                   const struct tensor *tensor) {
    size_t start = w->starts[block] + tensor->offset;
    size_t first = elements_before(w->first, start, tensor->count);
    size_t end = elements_before(w->end, start, tensor->count);
    return (struct span){first, end - first};
}

static struct item item_at(const struct writing *w, int i) {
    int b = 0;
    for (; i >= w->blocks->list[b].table->count; b++)
        i -= w->blocks->list[b].table->count;
    const struct ckpt_group *block = &w->blocks->list[b];
    const struct tensor *tensor = &block->table->tensors[i];
    struct item item = {.tensor = tensor, .slice = slice_of_tensor(w, b, tensor)};
    if (item.slice.count > 0)
        item.data =
            block->data + (tensor->offset + item.slice.offset - block->have.offset);
    int n = snprintf(item.name, sizeof item.name, "/%s/%s", block->group, tensor->name);
    CHECK((size_t)n < sizeof item.name);
    return item;
}

static bool is_first(const struct writing *w) { return comm_rank(w->comm) == 0; }

/* Ends a step: one verdict, and the words of the rank that knows. */
static int agree(const struct writing *w, int rc, struct err *err) {
    if (rc < 0)
        err_prefix(err, "checkpoint %s", w->path);
    return comm_agree(w->comm, rc, err);
}

/* "DIR/.tmp-NAME-PID-NONCE", the same on all ranks. */
static void name_temporary(struct writing *w) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t unique[2] = {(uint64_t)getpid(),
                          hash64(&now, sizeof now, (uint64_t)getpid())};
    comm_broadcast(w->comm, unique, sizeof unique, 0);
    const char *slash = strrchr(w->path, '/');
    const char *name = slash ? slash + 1 : w->path;
    str_append(&w->temporary, w->path, (size_t)(name - w->path));
    str_printf(&w->temporary, CKPT_TEMPORARY "%s-%" PRIu64 "-%016" PRIx64, name,
               unique[0], unique[1]);
}

/* Hashes this rank's chunks, in order, and brings all of them to rank 0; because shares
 * follow each other, so do the hashes.  Returns owned there, NULL elsewhere. */
static struct hash128 *gather_hashes(const struct writing *w) {
    struct str own = {0};
    for (int i = 0; i < item_count(w); i++) {
        struct item item = item_at(w, i);
        size_t end = item.slice.offset + item.slice.count;
        for (size_t at = item.slice.offset; at < end; at += CHUNK) {
            size_t n = end - at < CHUNK ? end - at : CHUNK;
            const float *chunk = item.data + (at - item.slice.offset);
            struct hash128 hash = hash128(chunk, n * sizeof(float));
            str_append(&own, &hash, sizeof hash);
        }
    }
    struct hash128 *all = comm_gather(w->comm, own.data, own.size, NULL, 0);
    str_fini(&own);
    return all;
}

/* Rank 0's table of contents, and everybody's header->state_hash. */
static void list_contents(const struct writing *w, struct contents *contents) {
    struct ckpt_header *h = w->header;
    struct hash128 *chunks = gather_hashes(w), *next = chunks;
    for (int i = 0; chunks && i < item_count(w); i++) {
        struct item item = item_at(w, i);
        size_t n = contents_chunks(item.tensor->count * sizeof(float));
        contents_add(contents, item.name, contents_hash_chunks(next, n));
        next += n;
    }
    mem_free(chunks);
    if (is_first(w)) {
        const struct params_table *tables[CKPT_BLOCKS];
        for (int b = 0; b < w->blocks->count; b++)
            tables[b] = w->blocks->list[b].table;
        contents_state_hash(contents, tables, w->blocks->count, h->state_hash);
        contents_add(contents, CONTENTS_LANES,
                     contents_hash(h->cursors, (size_t)h->lanes * h->cursor_bytes));
        for (int i = 0; i < CONTENTS_TEXTS; i++) {
            const struct str *text = contents_text(h, i);
            contents_add(contents, contents_texts[i],
                         contents_hash(text->data, text->size));
        }
    }
    comm_broadcast(w->comm, h->state_hash, sizeof h->state_hash, 0);
}

static int add_tensors(const struct writing *w, struct hdf5 *file, struct err *err) {
    int rc = 0;
    for (int i = 0; rc == 0 && i < item_count(w); i++) {
        struct item item = item_at(w, i);
        const int64_t *shape = item.tensor->shape;
        struct extent extent = {item.tensor->rank, {shape[0], shape[1]}};
        rc = hdf5_add_floats(file, item.name, extent, err);
    }
    return rc;
}

static int add_texts(const struct writing *w, struct hdf5 *file,
                     const struct contents *contents, struct err *err) {
    struct ckpt_header *h = w->header;
    int rc = hdf5_add_bytes(file, CONTENTS_LANES, h->lanes, (int64_t)h->cursor_bytes,
                            h->cursors, err);
    for (int i = 0; rc == 0 && i < CONTENTS_TEXTS; i++)
        rc =
            hdf5_add_text(file, contents_texts[i], str_slice(contents_text(h, i)), err);
    if (rc < 0)
        return rc;
    struct str lines = {0};
    size_t width = contents_print(contents, &lines);
    rc = hdf5_add_lines(file, CONTENTS_HASHES, lines.data, (size_t)contents->count,
                        width, err);
    str_fini(&lines);
    return rc;
}

static int set_attributes(const struct writing *w, struct hdf5 *file,
                          const struct contents *contents, struct err *err) {
    struct ckpt_header *h = w->header;
    char header_hash[HASH_HEX_SIZE];
    contents_header_hash(contents, h, header_hash);
    if (hdf5_set_text(file, "format", CONTENTS_FORMAT, err) < 0 ||
        hdf5_set_int(file, "version", CONTENTS_VERSION, err) < 0 ||
        hdf5_set_int(file, "step", h->step, err) < 0 ||
        hdf5_set_int(file, "tokens", (int64_t)h->tokens, err) < 0 ||
        hdf5_set_int(file, "adam_step", h->adam_step, err) < 0 ||
        hdf5_set_text(file, "state_hash", h->state_hash, err) < 0 ||
        hdf5_set_text(file, "data_hash", h->data_hash, err) < 0 ||
        hdf5_set_text(file, "versions", h->versions.data ? h->versions.data : "", err) <
            0 ||
        hdf5_set_text(file, "header_hash", header_hash, err) < 0)
        return -1;
    return 0;
}

/* The limit of file size (ulimit -f) holds in memory, too, where the file is laid out.
 * The pages and metadata of each dataset are counted generously. */
static int check_limit(const struct writing *w, struct err *err) {
    struct rlimit limit;
    rlim_t need = (rlim_t)w->starts[w->blocks->count] * sizeof(float) +
                  (rlim_t)(item_count(w) + 64) * 3 * 4096;
    for (int i = 0; i < CONTENTS_TEXTS; i++)
        need += contents_text(w->header, i)->size;
    if (getrlimit(RLIMIT_FSIZE, &limit) < 0 || limit.rlim_cur >= need)
        return 0;
    return err_set(err, ERR_IO,
                   "needs %ju bytes, the limit of file size is %ju; raise ulimit -f",
                   (uintmax_t)need, (uintmax_t)limit.rlim_cur);
}

/* Rank 0 alone: everything but the numbers. */
static int lay_out(const struct writing *w, const struct contents *contents,
                   struct err *err) {
    if (check_limit(w, err) < 0)
        return -1;
    struct hdf5 *file = hdf5_create(w->temporary.data, err);
    if (file == NULL)
        return -1;
    int rc = add_tensors(w, file, err);
    if (rc == 0)
        rc = add_texts(w, file, contents, err);
    if (rc == 0)
        rc = set_attributes(w, file, contents, err);
    if (hdf5_close(file, rc == 0 ? err : NULL) < 0)
        rc = -1;
    return rc;
}

static int write_slices(const struct writing *w, struct err *err) {
    struct hdf5 *file = hdf5_open_shared(w->comm, w->temporary.data, err);
    int rc = agree(w, file ? 0 : -1, err);
    if (rc < 0)
        return rc;
    for (int i = 0; rc == 0 && i < item_count(w); i++) {
        struct item item = item_at(w, i);
        if (item.slice.count > 0)
            rc = hdf5_write_floats(file, item.name, item.slice, item.data, err);
    }
    if (hdf5_close(file, rc == 0 ? err : NULL) < 0)
        rc = -1;
    return agree(w, rc, err);
}

/* Rank 0 alone: the moment of truth. */
static int publish(const struct writing *w, struct err *err) {
    return file_publish(w->temporary.data, w->path, err);
}

static int write_all(const struct writing *w, const struct contents *contents,
                     struct err *err) {
    int rc = agree(w, is_first(w) ? lay_out(w, contents, err) : 0, err);
    if (rc == 0)
        rc = write_slices(w, err);
    if (rc == 0) /* on every rank: what a host has not yet written out, only it can */
        rc = agree(w, file_sync(w->temporary.data, err), err);
    if (rc == 0)
        rc = agree(w, is_first(w) ? publish(w, err) : 0, err);
    if (rc < 0 && is_first(w))
        fs->unlink(w->temporary.data);
    return rc;
}

/* Lays the blocks one after the other, and takes this rank's part of them. */
static void take_share(struct writing *w, const struct comm *comm,
                       const struct ckpt_groups *blocks) {
    CHECK(blocks->count > 0 && blocks->count <= CKPT_BLOCKS);
    w->blocks = blocks;
    for (int b = 0; b < blocks->count; b++)
        w->starts[b + 1] = w->starts[b] + blocks->list[b].table->total;
    struct share share =
        partition((int64_t)w->starts[blocks->count], comm_rank(comm), comm_size(comm));
    w->first = (size_t)share.first;
    w->end = w->first + (size_t)share.count;
}

static struct span share_of(const struct writing *w, int block) {
    const struct params_table *table = w->blocks->list[block].table;
    struct span share = {0};
    for (int i = 0; i < table->count; i++) {
        struct span slice = slice_of_tensor(w, block, &table->tensors[i]);
        if (share.count == 0)
            share.offset = table->tensors[i].offset + slice.offset;
        share.count += slice.count;
    }
    return share;
}

struct span ckpt_share(const struct comm *comm, const struct ckpt_groups *blocks,
                       int i) {
    struct writing w = {0};
    take_share(&w, comm, blocks);
    return share_of(&w, i);
}

struct ckpt_group *ckpt_add_group(struct ckpt_groups *blocks, const char *group,
                                  const struct params_table *table) {
    CHECK(blocks->count < CKPT_BLOCKS);
    struct ckpt_group *block = &blocks->list[blocks->count++];
    *block = (struct ckpt_group){.group = group, .table = table};
    return block;
}

struct ckpt_groups ckpt_weights_only(const struct params *weights) {
    struct ckpt_groups blocks = {0};
    struct ckpt_group *block = ckpt_add_group(&blocks, CKPT_WEIGHTS, weights->table);
    block->have.count = weights->table->total;
    block->data = weights->data;
    return blocks;
}

/* Every rank has what it writes. */
static void check_blocks(const struct writing *w) {
    for (int b = 0; b < w->blocks->count; b++) {
        struct span share = share_of(w, b), have = w->blocks->list[b].have;
        CHECK(share.count == 0 ||
              (have.offset <= share.offset &&
               share.offset + share.count <= have.offset + have.count));
    }
}

int ckpt_write(struct comm *comm, const char *path, struct ckpt_header *header,
               const struct ckpt_groups *blocks, struct err *err) {
    struct writing w = {.comm = comm, .path = path, .header = header};
    take_share(&w, comm, blocks);
    check_blocks(&w);
    struct contents contents = {0};
    struct err own = {0}; /* the caller may not want to know, the other ranks do */
    list_contents(&w, &contents);
    name_temporary(&w);
    int rc = write_all(&w, &contents, &own);
    comm_barrier(comm); /* after it the temporary file is gone, one way or the other */
    if (rc < 0 && err)
        *err = own;
    contents_fini(&contents);
    str_fini(&w.temporary);
    return rc;
}
