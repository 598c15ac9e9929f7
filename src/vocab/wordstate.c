/* SPDX-License-Identifier: Apache-2.0 */
/* The state file: see wordstate.h.  A header, the documents of each shard, records as
 * they come from the ranks (u64 count, u32 size, the word) up to one of size 0, and 16
 * bytes of hash over all that.  Nothing is believed before the hash is right.  Numbers
 * are in the machine's order of bytes. */
#include "src/vocab/wordstate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "mpi/agree.h"
#include "src/base/file.h"
#include "src/base/fs.h"
#include "src/base/fstream.h"
#include "src/base/mem.h"
#include "src/vocab/wordflow.h"

static const char magic[16] = "mpiBERT words 1";

struct header {
    char magic[sizeof magic];
    char identity[HASH_HEX_SIZE + 7]; /* and zeros up to a multiple of 8 */
    uint64_t shard_count;
    struct tally tally;
};

struct record {
    uint64_t count;
    uint32_t size, zero;
};

/* ---- writing, on rank 0 ---- */

struct output {
    const char *path;
    struct str temporary;
    FILE *file;
    int fd; /* its own */
    struct hasher *hasher;
};

static int output_put(struct output *out, const void *bytes, size_t size,
                      struct err *err) {
    hasher_update(out->hasher, bytes, size);
    if (fwrite(bytes, 1, size, out->file) != size)
        return err_errno(err, "write", out->path);
    return 0;
}

static int output_word(void *context, struct slice word, uint64_t count,
                       struct err *err) {
    struct record record = {count, (uint32_t)word.size, 0};
    if (output_put(context, &record, sizeof record, err) < 0)
        return -1;
    return output_put(context, word.data, word.size, err);
}

static int output_begin(struct output *out, const struct wordstate *state,
                        struct err *err) {
    struct header header = {.shard_count = state->shard_count, .tally = state->tally};
    memcpy(header.magic, magic, sizeof magic);
    memcpy(header.identity, state->identity, sizeof state->identity);
    str_printf(&out->temporary, "%s.tmp", out->path);
    out->hasher = hasher_create();
    out->file =
        fstream_open(out->temporary.data, O_WRONLY | O_CREAT | O_TRUNC, &out->fd);
    if (out->file == NULL)
        return err_errno(err, "create", out->temporary.data);
    size_t bytes = state->shard_count * sizeof *state->documents;
    if (output_put(out, &header, sizeof header, err) < 0)
        return -1;
    return output_put(out, state->documents, bytes, err);
}

static int output_end(struct output *out, struct err *err) {
    struct record last = {0};
    if (output_put(out, &last, sizeof last, err) < 0)
        return -1;
    struct hash128 hash = hasher_digest(out->hasher);
    if (fwrite(&hash, sizeof hash, 1, out->file) != 1 || fflush(out->file) != 0 ||
        fs->fsync(out->fd) < 0)
        return err_errno(err, "write", out->path);
    if (fs->rename(out->temporary.data, out->path) < 0)
        return err_errno(err, "rename", out->path);
    return file_sync_folder(out->path, err);
}

static void output_fini(struct output *out, int rc) {
    if (out->file)
        fclose(out->file);
    if (out->file && rc < 0)
        fs->unlink(out->temporary.data);
    if (out->hasher)
        hasher_destroy(out->hasher);
    str_fini(&out->temporary);
}

int wordstate_save(struct comm *comm, const char *path, const struct wordstate *state,
                   struct wordstore *words, size_t piece, struct err *err) {
    struct output out = {.path = path};
    bool root = comm_rank(comm) == 0;
    int rc = root ? output_begin(&out, state, err) : 0;
    rc = comm_agree(comm, rc, err);
    if (rc == 0)
        rc = wordflow_gather(comm, words, 1, piece, output_word, &out, err);
    if (rc == 0)
        rc = comm_agree(comm, root ? output_end(&out, err) : 0, err);
    output_fini(&out, rc);
    return rc;
}

/* ---- reading, on rank 0 ---- */

struct input {
    const char *path;
    FILE *file; /* NULL elsewhere, and if there is none */
    bool ended; /* the last record has been read */
};

static int damaged(const char *path, struct err *err) {
    return err_set(err, ERR_DATA,
                   "%s: no whole file of word counts; delete it to count anew", path);
}

static int input_take(struct input *in, void *bytes, size_t size, struct err *err) {
    if (fread(bytes, 1, size, in->file) == size)
        return 0;
    return ferror(in->file) ? err_errno(err, "read", in->path) : damaged(in->path, err);
}

/* Compares the last 16 bytes with the hash of those before, and goes back to the first.
 */
static int input_verify(struct input *in, struct err *err) {
    struct hash128 want, got;
    char block[1 << 14];
    if (fseeko(in->file, 0, SEEK_END) < 0)
        return err_errno(err, "read", in->path);
    off_t left = ftello(in->file) - (off_t)sizeof want;
    if (left < (off_t)sizeof(struct header))
        return damaged(in->path, err);
    rewind(in->file);
    struct hasher *hasher = hasher_create();
    int rc = 0;
    for (; rc == 0 && left > 0; left -= (off_t)sizeof block) {
        size_t n = left < (off_t)sizeof block ? (size_t)left : sizeof block;
        rc = input_take(in, block, n, err);
        hasher_update(hasher, block, n);
    }
    got = hasher_digest(hasher);
    hasher_destroy(hasher);
    if (rc == 0)
        rc = input_take(in, &want, sizeof want, err);
    if (rc == 0 && memcmp(&got, &want, sizeof got) != 0)
        rc = damaged(in->path, err);
    rewind(in->file);
    return rc;
}

static int input_header(struct input *in, struct wordstate *state, struct err *err) {
    struct header header;
    if (input_take(in, &header, sizeof header, err) < 0)
        return -1;
    if (memcmp(header.magic, magic, sizeof magic) != 0)
        return damaged(in->path, err);
    if (memcmp(header.identity, state->identity, sizeof state->identity) != 0 ||
        header.shard_count != state->shard_count)
        return err_set(
            err, ERR_CONFIG,
            "%s: counts of other shards or of words made otherwise (case, accents, "
            "format, filter); name another file, or delete it to count anew",
            in->path);
    state->tally = header.tally;
    return input_take(in, state->documents,
                      state->shard_count * sizeof *state->documents, err);
}

/* 1 opened and fine, 0 there is none, -1. */
static int input_begin(struct input *in, struct wordstate *state, struct err *err) {
    in->file = fstream_open(in->path, O_RDONLY, NULL);
    if (in->file == NULL)
        return errno == ENOENT ? 0 : err_errno(err, "open", in->path);
    if (input_verify(in, err) < 0 || input_header(in, state, err) < 0)
        return -1;
    return 1;
}

/* Reads about `piece` bytes of words. */
static int input_words(struct input *in, struct map *words, size_t piece,
                       struct err *err) {
    struct str word = {0};
    struct record record;
    int rc = 0;
    for (size_t done = 0; rc == 0 && done < piece;
         done += sizeof record + record.size) {
        rc = input_take(in, &record, sizeof record, err);
        if (rc < 0 || record.size == 0)
            break;
        str_clear(&word);
        str_reserve(&word, record.size);
        word.size = record.size;
        rc = input_take(in, word.data, record.size, err);
        if (rc == 0)
            map_put(words, str_slice(&word), NULL)->value += record.count;
    }
    in->ended = rc == 0 && record.size == 0;
    str_fini(&word);
    return rc;
}

static int deal_words(struct comm *comm, struct input *in, struct wordstore *words,
                      size_t piece, struct err *err) {
    int rc = 0;
    uint64_t more = 1;
    while (rc == 0 && more > 0) {
        struct map some = {0};
        rc = in->file ? input_words(in, &some, piece, err) : 0;
        rc = comm_agree(comm, rc, err);
        if (rc == 0)
            rc = wordflow_exchange(comm, &some, words, err);
        map_fini(&some);
        more = in->file && !in->ended;
        comm_sum_u64(comm, &more, 1);
    }
    return rc;
}

int wordstate_load(struct comm *comm, const char *path, struct wordstate *state,
                   struct wordstore *words, size_t piece, struct err *err) {
    struct input in = {.path = path};
    int opened = comm_rank(comm) == 0 ? input_begin(&in, state, err) : 0;
    int rc = comm_agree(comm, opened < 0 ? -1 : 0, err);
    uint64_t found = opened > 0;
    comm_sum_u64(comm, &found, 1);
    if (rc == 0 && found > 0) {
        comm_broadcast(comm, state->documents,
                       state->shard_count * sizeof *state->documents, 0);
        rc = deal_words(comm, &in, words, piece, err);
    }
    if (in.file)
        fclose(in.file);
    return rc < 0 ? -1 : (int)found;
}
