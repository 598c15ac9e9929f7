/* SPDX-License-Identifier: Apache-2.0 */
/* Writing a checkpoint: complete and hashed under its name, or not there.
 *
 *   all     hash their own slices from memory; all get all hashes
 *   rank 0  lays out the file in memory, and makes one on disk under a temporary name,
 *           with room for everything
 *   all     write their slices, rank 0 the layout; sync the file
 *   all     read back what another host wrote
 *   rank 0  renames it, syncs the folder
 *
 * Each line is a stage: what is collective in it is done by the caller's thread, what
 * takes long by a worker.  After each stage the ranks agree on how it went; a fault is
 * only ever recorded before that, so that nobody leaves a collective call early.  The
 * metadata is one rank's work, because parallel HDF5 does not come back on all ranks
 * when a write of metadata fails on one.  What is shared is what is long: the numbers.
 *
 * A file that could not be synced is never synced again: the system may have dropped
 * what it could not write, and would say that all is well. */
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "io/ckpt/ckpt.h"
#include "io/ckpt/contents.h"
#include "io/ckpt/hdf5.h"
#include "io/ckpt/layout.h"
#include "io/ckpt/slices.h"
#include "io/ckpt/sparse.h"
#include "mpi/agree.h"
#include "src/base/die.h"
#include "src/base/direct.h"
#include "src/base/file.h"
#include "src/base/fs.h"
#include "src/base/log.h"
#include "src/base/mem.h"
#include "src/base/timer.h"
#include "src/base/worker.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "numbers go to the file as they lie in memory");

enum { ATTEMPTS = 3, BEGINNING = 1 << 16 };

/* begin: collective, on the caller's thread; work: this rank's, by the worker.  0, or
 * -1 with *err, all with `agree` in `begin`. */
typedef int stage_fn(struct ckpt_writing *writing, struct err *err);

struct stage {
    stage_fn *begin, *work; /* either may be NULL */
};

struct ckpt_writing {
    struct comm *comm;
    struct str path, temporary;
    struct ckpt_header *header;
    struct ckpt_groups groups;
    struct slices slices;
    struct hash128 *hashes; /* of this rank's chunks, then, of all; owned */
    size_t hash_count;
    uint64_t *places; /* where each tensor begins in the file; owned */
    int memory;       /* rank 0: the layout, else -1 */
    int other;        /* the rank whose slices this one reads back */
    const struct stage *stages;
    int stage, attempt;
    struct worker *worker;
    double seconds; /* of stages, on this rank */
    int rc;         /* of the stage's work, with its words */
    struct err err;
    bool over;
};

static bool is_first(const struct ckpt_writing *w) { return comm_rank(w->comm) == 0; }

/* Ends a stage, or its beginning: one verdict, and the words of the rank that knows. */
static int agree(const struct ckpt_writing *w, int rc, struct err *err) {
    if (rc < 0)
        err_prefix(err, "checkpoint %s", w->path.data);
    return comm_agree(w->comm, rc, err);
}

/* ---- hashes ---- */

/* A rank's part of a tensor, as it goes over all that it has. */
struct part {
    struct slices_item item;
    struct span slice;
    size_t tensor; /* the number of the item */
};

/* Goes over what a rank has: begin with a zeroed one and stop at false. */
static bool next_part(const struct ckpt_writing *w, int rank, struct part *part) {
    part->tensor += part->item.group != NULL;
    while (slices_next(&w->slices, &part->item)) {
        part->slice = slices_of(&w->slices, &part->item, rank);
        if (part->slice.count > 0)
            return true;
        part->tensor++;
    }
    return false;
}

static const float *data_of(const struct part *part) {
    const struct ckpt_group *group = part->item.group;
    return group->data +
           (part->item.tensor->offset + part->slice.offset - group->have.offset);
}

/* Hashes this rank's chunks, in order. */
static int hash_slices(struct ckpt_writing *w, struct err *err) {
    struct str own = {0};
    (void)err;
    for (struct part part = {0}; next_part(w, comm_rank(w->comm), &part);) {
        const float *data = data_of(&part);
        for (size_t at = 0; at < part.slice.count; at += SLICES_CHUNK) {
            size_t rest = part.slice.count - at;
            size_t n = rest < SLICES_CHUNK ? rest : SLICES_CHUNK;
            struct hash128 hash = hash128(data + at, n * sizeof(float));
            str_append(&own, &hash, sizeof hash);
        }
    }
    w->hashes = (struct hash128 *)own.data;
    w->hash_count = own.size / sizeof *w->hashes;
    return 0;
}

/* Everybody's hashes to everybody; because shares follow each other, so do these. */
static void share_hashes(struct ckpt_writing *w) {
    size_t all = slices_chunks(&w->slices);
    if (w->hash_count == all && comm_size(w->comm) == 1)
        return;
    struct hash128 *gathered =
        comm_gather(w->comm, w->hashes, w->hash_count * sizeof *w->hashes, NULL, 0);
    mem_free(w->hashes);
    w->hashes = gathered ? gathered : mem_alloc(all, sizeof *w->hashes);
    w->hash_count = all;
    comm_broadcast(w->comm, w->hashes, all * sizeof *w->hashes, 0);
}

static void list_contents(const struct ckpt_writing *w, struct contents *contents) {
    struct ckpt_header *h = w->header;
    const struct params_table *tables[CKPT_BLOCKS];
    for (struct slices_item item = {0}; slices_next(&w->slices, &item);) {
        size_t n = contents_chunks(item.tensor->count * sizeof(float));
        contents_add(contents, item.name,
                     contents_hash_chunks(w->hashes + item.first_chunk, n));
    }
    for (int g = 0; g < w->groups.count; g++)
        tables[g] = w->groups.list[g].table;
    contents_state_hash(contents, tables, w->groups.count, h->state_hash);
    contents_add(contents, CONTENTS_LANES,
                 contents_hash(h->cursors, (size_t)h->lanes * h->cursor_bytes));
    for (int i = 0; i < CONTENTS_TEXTS; i++) {
        const struct str *text = contents_text(h, i);
        contents_add(contents, contents_texts[i],
                     contents_hash(text->data, text->size));
    }
}

/* ---- the layout ---- */

/* "DIR/.tmp-NAME-PID-NONCE", the same on all ranks. */
static void name_temporary(struct ckpt_writing *w) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t unique[2] = {(uint64_t)getpid(),
                          hash64(&now, sizeof now, (uint64_t)getpid())};
    comm_broadcast(w->comm, unique, sizeof unique, 0);
    const char *name = file_base_name(w->path.data);
    str_clear(&w->temporary);
    str_append(&w->temporary, w->path.data, (size_t)(name - w->path.data));
    str_printf(&w->temporary, CKPT_TEMPORARY "%s-%" PRIu64 "-%016" PRIx64, name,
               unique[0], unique[1]);
}

static void forget_layout(struct ckpt_writing *w) {
    if (w->memory >= 0)
        fs->close(w->memory);
    w->memory = -1;
}

static int make_layout(struct ckpt_writing *w, const struct contents *contents,
                       struct err *err) {
    w->memory =
        layout_make(w->temporary.data, &w->slices, w->header, contents, w->places, err);
    return w->memory < 0 ? -1 : sparse_reserve(w->memory, w->temporary.data, err);
}

static int lay_out(struct ckpt_writing *w, struct err *err) {
    struct contents contents = {0};
    if (w->attempt == 0)
        share_hashes(w);
    list_contents(w, &contents);
    name_temporary(w);
    int rc = agree(w, is_first(w) ? make_layout(w, &contents, err) : 0, err);
    size_t bytes = (size_t)slices_count(&w->slices) * sizeof *w->places;
    if (rc == 0)
        comm_broadcast(w->comm, w->places, bytes, 0);
    contents_fini(&contents);
    return rc;
}

static int save_layout(struct ckpt_writing *w, struct err *err) {
    return is_first(w) ? sparse_save(w->memory, w->temporary.data, err) : 0;
}

/* ---- the numbers, by pwrite ---- */

static int write_parts(const struct ckpt_writing *w, struct direct *file,
                       struct err *err) {
    for (struct part part = {0}; next_part(w, comm_rank(w->comm), &part);) {
        uint64_t at = w->places[part.tensor] + part.slice.offset * sizeof(float);
        if (direct_write(file, data_of(&part), part.slice.count * sizeof(float),
                         (int64_t)at) < 0)
            return err_errno(err, "write", file_base_name(w->temporary.data));
    }
    return 0;
}

/* The sync is every rank's own: what a host has not yet written out, only it can. */
static int write_slices(struct ckpt_writing *w, struct err *err) {
    const char *path = w->temporary.data, *name = file_base_name(path);
    struct direct file;
    if (save_layout(w, err) < 0)
        return -1;
    if (direct_open(&file, path, O_WRONLY) < 0)
        return err_errno(err, "open", name);
    int rc = write_parts(w, &file, err);
    if (rc == 0 && direct_sync(&file) < 0)
        rc = err_errno(err, "sync", name);
    if (direct_close(&file) < 0 && rc == 0)
        rc = err_errno(err, "close", name);
    return rc;
}

/* ---- the numbers, by parallel HDF5 ---- */

/* Who cannot read the file while HDF5 opens it leaves the others waiting there: so each
 * reads it before, where HDF5 will. */
static int try_reading(const struct ckpt_writing *w, struct err *err) {
    char *beginning = mem_resize(NULL, BEGINNING, 1);
    int fd = fs->open(w->temporary.data, O_RDONLY | O_CLOEXEC, 0), rc = 0;
    if (fd < 0 || file_pread_all(fd, beginning, BEGINNING, 0) < 0)
        rc = err_errno(err, "read", file_base_name(w->temporary.data));
    if (fd >= 0)
        fs->close(fd);
    mem_free(beginning);
    return rc;
}

static int share_file(struct ckpt_writing *w, struct err *err) {
    if (agree(w, try_reading(w, err), err) < 0)
        return -1;
    struct hdf5 *file = hdf5_open_shared(w->comm, w->temporary.data, err);
    int rc = agree(w, file ? 0 : -1, err);
    if (rc < 0)
        return rc;
    for (struct part part = {0}; rc == 0 && next_part(w, comm_rank(w->comm), &part);)
        rc = hdf5_write_floats(file, part.item.name, part.slice, data_of(&part), err);
    if (hdf5_close(file, rc == 0 ? err : NULL) < 0)
        rc = -1;
    return agree(w, rc, err);
}

static int sync_file(struct ckpt_writing *w, struct err *err) {
    return file_sync(w->temporary.data, err);
}

/* ---- proof and name ---- */

/* Whether a slice is on disk as it was hashed. */
static int verify_part(const struct ckpt_writing *w, struct direct *file,
                       const struct part *part, struct err *err) {
    const char *name = file_base_name(w->temporary.data);
    size_t end = part->slice.offset + part->slice.count;
    for (size_t at = part->slice.offset; at < end; at += SLICES_CHUNK) {
        size_t n = end - at < SLICES_CHUNK ? end - at : SLICES_CHUNK;
        size_t bytes = n * sizeof(float);
        const struct hash128 *want =
            w->hashes + part->item.first_chunk + at / SLICES_CHUNK;
        const void *chunk = direct_read(
            file, bytes, (int64_t)(w->places[part->tensor] + at * sizeof(float)));
        if (chunk == NULL)
            return err_errno(err, "read back", name);
        struct hash128 is = hash128(chunk, bytes);
        if (memcmp(&is, want, sizeof is) != 0)
            return err_set(err, ERR_IO,
                           "%s: %s is not there as it was written; look after this "
                           "disk, or this network",
                           name, part->item.name);
    }
    return 0;
}

/* The slices of another rank, on another host if there is one: past the cache they come
 * from the disk. */
static int verify_slices(struct ckpt_writing *w, struct err *err) {
    struct direct file;
    if (direct_open(&file, w->temporary.data, O_RDONLY) < 0)
        return err_errno(err, "open", file_base_name(w->temporary.data));
    int rc = 0;
    for (struct part part = {0}; rc == 0 && next_part(w, w->other, &part);)
        rc = verify_part(w, &file, &part, err);
    direct_close(&file);
    if (rc == 0 && is_first(w))
        rc = sparse_verify(w->memory, w->temporary.data, err);
    return rc;
}

/* The moment of truth. */
static int publish(struct ckpt_writing *w, struct err *err) {
    return is_first(w) ? file_publish(w->temporary.data, w->path.data, err) : 0;
}

/* ---- stage by stage ---- */

enum { LAY_OUT = 1 }; /* where another attempt begins */

static const struct stage posix_stages[] = {{NULL, hash_slices},
                                            {lay_out, write_slices},
                                            {NULL, verify_slices},
                                            {NULL, publish},
                                            {NULL, NULL}};
static const struct stage mpiio_stages[] = {
    {NULL, hash_slices},   {lay_out, save_layout}, {share_file, sync_file},
    {NULL, verify_slices}, {NULL, publish},        {NULL, NULL}};

static void work(void *context) {
    struct ckpt_writing *w = context;
    double start = timer_now();
    w->rc = w->stages[w->stage].work(w, &w->err);
    w->seconds += timer_now() - start;
}

/* After a stage that failed on some rank: whether there is another attempt. */
static bool try_again(struct ckpt_writing *w) {
    forget_layout(w);
    if (is_first(w) && w->temporary.size > 0)
        fs->unlink(w->temporary.data);
    comm_barrier(w->comm); /* after it nobody finds the file any more */
    if (++w->attempt == ATTEMPTS)
        return false;
    if (is_first(w))
        log_warn("%s; once more, with a new file", w->err.text);
    w->stage = LAY_OUT;
    return true;
}

/* Begins the stage, or the one that follows a failure of that. */
static void begin_stage(struct ckpt_writing *w) {
    for (;;) {
        const struct stage *stage = &w->stages[w->stage];
        double start = timer_now();
        int rc = stage->begin ? stage->begin(w, &w->err) : 0;
        w->seconds += timer_now() - start;
        if (rc == 0)
            break;
        w->rc = -1;
        if (!try_again(w)) {
            w->over = true;
            return;
        }
    }
    worker_start(w->worker, work, w);
}

bool ckpt_poll(struct ckpt_writing *w) {
    if (w->over)
        return true;
    worker_wait(w->worker);
    w->rc = agree(w, w->rc, &w->err);
    if (w->rc == 0)
        w->stage++;
    w->over = w->rc == 0 ? w->stages[w->stage].work == NULL : !try_again(w);
    if (!w->over)
        begin_stage(w);
    return w->over;
}

bool ckpt_is_busy(const struct ckpt_writing *w) { return worker_is_busy(w->worker); }

/* ---- the doors ---- */

/* Every rank has what it writes. */
static void check_groups(const struct ckpt_writing *w) {
    for (int g = 0; g < w->groups.count; g++) {
        struct span share = slices_share(&w->slices, g, comm_rank(w->comm)),
                    have = w->groups.list[g].have;
        CHECK(share.count == 0 ||
              (have.offset <= share.offset &&
               share.offset + share.count <= have.offset + have.count));
    }
}

static int find_other(struct comm *comm) {
    int size = comm_size(comm), rank = comm_rank(comm);
    uint64_t *hosts = mem_alloc((size_t)size, sizeof *hosts);
    hosts[rank] = (uint64_t)comm_node_first(comm);
    comm_sum_u64(comm, hosts, (size_t)size);
    int other = slices_other(hosts, size, rank);
    mem_free(hosts);
    return other;
}

struct ckpt_writing *ckpt_begin(struct comm *comm, const char *path,
                                struct ckpt_how how, struct ckpt_header *header,
                                const struct ckpt_groups *groups) {
    bool posix = how.writer == CKPT_POSIX;
    struct ckpt_writing *w = mem_alloc(1, sizeof *w);
    *w = (struct ckpt_writing){.comm = comm,
                               .header = header,
                               .groups = *groups,
                               .memory = -1,
                               .other = find_other(comm),
                               .stages = posix ? posix_stages : mpiio_stages,
                               .worker = worker_create(posix && how.beside)};
    str_printf(&w->path, "%s", path);
    slices_plan(&w->slices, &w->groups, comm_size(comm));
    w->places = mem_alloc((size_t)slices_count(&w->slices), sizeof *w->places);
    check_groups(w);
    begin_stage(w);
    return w;
}

int ckpt_end(struct ckpt_writing *w, double *seconds, struct err *err) {
    while (!ckpt_poll(w))
        ;
    int rc = w->rc;
    if (rc < 0 && err)
        *err = w->err;
    if (seconds)
        *seconds = w->seconds;
    forget_layout(w);
    worker_destroy(w->worker);
    mem_free(w->hashes);
    mem_free(w->places);
    str_fini(&w->path);
    str_fini(&w->temporary);
    mem_free(w);
    return rc;
}

int ckpt_write(struct comm *comm, const char *path, enum ckpt_writer writer,
               struct ckpt_header *header, const struct ckpt_groups *groups,
               struct err *err) {
    struct ckpt_how how = {writer, false};
    return ckpt_end(ckpt_begin(comm, path, how, header, groups), NULL, err);
}
