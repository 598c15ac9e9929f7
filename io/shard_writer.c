/* SPDX-License-Identifier: Apache-2.0 */
/* Writing shards through libarchive: see shard_writer.h.  JSON lines are one entry of
 * its raw format.  Nothing of the writing machine (time, owner) goes into the bytes. */
#include "io/shard_writer.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "io/readers/input.h"
#include "io/syntax/json.h"
#include "src/base/file.h"
#include "src/base/fs.h"
#include "src/base/mem.h"
#include "src/base/str.h"

/* Text of a piece of a cut document: even if each byte of it becomes an escape of six
 * the line is one that readers take. */
enum { PIECE_BYTES = INPUT_LINE_MAX / 8 };

struct shard_writer {
    char *path; /* owned */
    enum shard_form form;
    int fd;
    struct archive *archive;
    struct archive_entry *entry;
    struct str scratch; /* a line, or a name */
};

const char *shard_writer_suffix(enum shard_form form) {
    return form == SHARD_TAR ? ".tar.zst" : ".jsonl.zst";
}

static int fault(struct shard_writer *pack, struct err *err) {
    errno = archive_errno(pack->archive);
    return errno > 0 ? err_errno(err, "write", pack->path)
                     : err_set(err, ERR_IO, "write %s: %s", pack->path,
                               archive_error_string(pack->archive));
}

static int begin_entry(struct shard_writer *pack, const char *name, size_t size,
                       struct err *err) {
    struct archive_entry *entry = archive_entry_clear(pack->entry);
    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, (la_int64_t)size);
    return archive_write_header(pack->archive, entry) == ARCHIVE_OK ? 0
                                                                    : fault(pack, err);
}

static int put(struct shard_writer *pack, struct slice bytes, struct err *err) {
    while (bytes.size > 0) {
        la_ssize_t n = archive_write_data(pack->archive, bytes.data, bytes.size);
        if (n <= 0)
            return fault(pack, err);
        bytes.data += n;
        bytes.size -= (size_t)n;
    }
    return 0;
}

/* libarchive's bytes on their way to the file; our own errno is theirs to tell. */
static la_ssize_t write_out(struct archive *a, void *context, const void *bytes,
                            size_t size) {
    const struct shard_writer *pack = context;
    if (file_write_all(pack->fd, bytes, size) == 0)
        return (la_ssize_t)size;
    archive_set_error(a, errno, "Write error");
    return -1;
}

static int begin_archive(struct shard_writer *pack, int level, struct err *err) {
    struct archive *a = pack->archive;
    char text[8];
    snprintf(text, sizeof text, "%d", level);
    int rc = pack->form == SHARD_TAR ? archive_write_set_format_pax_restricted(a)
                                     : archive_write_set_format_raw(a);
    if (pack->form == SHARD_TAR) /* names are bytes, whatever the locale */
        archive_write_set_format_option(a, "pax", "hdrcharset", "BINARY");
    if (rc != ARCHIVE_OK || archive_write_add_filter_zstd(a) != ARCHIVE_OK ||
        archive_write_set_filter_option(a, "zstd", "compression-level", text) !=
            ARCHIVE_OK ||
        archive_write_set_bytes_in_last_block(a, 1) != ARCHIVE_OK ||
        archive_write_open(a, pack, NULL, write_out, NULL) != ARCHIVE_OK)
        return fault(pack, err);
    return pack->form == SHARD_TAR ? 0 : begin_entry(pack, "documents", 0, err);
}

struct shard_writer *shard_writer_create(const char *path, enum shard_form form,
                                         int level, struct err *err) {
    int fd = fs->open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0) {
        err_set(err, ERR_IO, "create %s: %s", path, strerror(errno));
        return NULL;
    }
    struct shard_writer *pack = mem_alloc(1, sizeof *pack);
    pack->path = mem_string(path);
    pack->form = form;
    pack->fd = fd;
    pack->archive = archive_write_new();
    pack->entry = archive_entry_new();
    if (begin_archive(pack, level, err) == 0)
        return pack;
    shard_writer_abandon(pack);
    return NULL;
}

static void put_field(struct json_writer *w, const char *key, struct slice value) {
    if (value.size > 0 && json_is_text(value))
        json_put_string(w, key, value);
}

/* The line of a document into the scratch. */
static void make_line(struct shard_writer *pack, const struct doc *doc,
                      struct slice text) {
    struct json_writer w = {.out = &pack->scratch, .compact = true};
    str_clear(&pack->scratch);
    json_open(&w, NULL, '{');
    json_put_string(&w, "text", text);
    put_field(&w, "url", doc->url);
    put_field(&w, "language", doc->language);
    put_field(&w, "source", slice_of(doc->shard));
    json_close(&w, '}');
    str_append_char(&pack->scratch, '\n');
}

/* How much of a text to take so that it ends with a line, else between characters. */
static size_t piece_of(struct slice text) {
    if (text.size <= PIECE_BYTES)
        return text.size;
    const char *end = memrchr(text.data, '\n', PIECE_BYTES);
    size_t size = end ? (size_t)(end - text.data) + 1 : PIECE_BYTES;
    while (!end && size > PIECE_BYTES - 4 &&
           ((unsigned char)text.data[size] & 0xC0) == 0x80)
        size--;
    return size;
}

static int add_line(struct shard_writer *pack, const struct doc *doc, struct err *err) {
    make_line(pack, doc, doc->text);
    if (pack->scratch.size <= INPUT_LINE_MAX)
        return put(pack, str_slice(&pack->scratch), err) < 0 ? -1 : 1;
    int pieces = 0;
    for (struct slice rest = doc->text; rest.size > 0; pieces++) {
        size_t size = piece_of(rest);
        make_line(pack, doc, (struct slice){rest.data, size});
        if (put(pack, str_slice(&pack->scratch), err) < 0)
            return -1;
        rest = (struct slice){rest.data + size, rest.size - size};
    }
    return pieces;
}

int shard_writer_add(struct shard_writer *pack, const struct doc *doc,
                     struct err *err) {
    if (pack->form == SHARD_JSONL)
        return add_line(pack, doc, err);
    str_clear(&pack->scratch);
    str_printf(&pack->scratch, "%s/%08lld.txt", doc->shard, (long long)doc->ordinal);
    if (begin_entry(pack, pack->scratch.data, doc->text.size, err) < 0 ||
        put(pack, doc->text, err) < 0)
        return -1;
    return 1;
}

static void pack_free(struct shard_writer *pack) {
    archive_write_free(pack->archive);
    archive_entry_free(pack->entry);
    str_fini(&pack->scratch);
    mem_free(pack->path);
    mem_free(pack);
}

int shard_writer_close(struct shard_writer *pack, int64_t *stored_bytes,
                       struct err *err) {
    int rc = archive_write_close(pack->archive) == ARCHIVE_OK ? 0 : fault(pack, err);
    *stored_bytes = archive_filter_bytes(pack->archive, -1);
    if (rc == 0 && fs->fsync(pack->fd) < 0)
        rc = err_errno(err, "sync", pack->path);
    if (fs->close(pack->fd) < 0 && rc == 0)
        rc = err_errno(err, "close", pack->path);
    if (rc < 0)
        fs->unlink(pack->path);
    pack_free(pack);
    return rc;
}

void shard_writer_abandon(struct shard_writer *pack) {
    if (pack == NULL)
        return;
    archive_write_close(pack->archive); /* giving up at once would leak its buffers */
    fs->close(pack->fd);
    fs->unlink(pack->path);
    pack_free(pack);
}
