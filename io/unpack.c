/* SPDX-License-Identifier: Apache-2.0 */
/* Reading by libarchive: see unpack.h.  Only what a corpus comes in is enabled.  Its
 * silent ends (a bad next member of bzip2 and others, a tar without its end mark) are
 * found by counting bytes.  Where a filter of libarchive fails it keeps what it had not
 * yet handed out (64 KiB and more). */
#include "io/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <string.h>

#include "io/packing.h"
#include "src/base/die.h"

enum { WINDOW_MAX_BYTES = 128 << 20 }; /* as libarchive has it for zstd */
enum { TAR_BLOCK_BYTES = 512, TAR_RECORD_BYTES = 20 * TAR_BLOCK_BYTES };

static const char pack_again[] =
    " (pack it again with a window of 128 MiB or less)"; /* WINDOW_MAX_BYTES */

/* ---- where a tar is zeros ---- */

enum { RING_BLOCKS = 64 * 64 };

static void watch_zeros(struct unpack_zeros *z, struct slice bytes) {
    while (bytes.size > 0) {
        size_t room = TAR_BLOCK_BYTES - (size_t)(z->size % TAR_BLOCK_BYTES);
        size_t size = bytes.size < room ? bytes.size : room;
        for (size_t i = 0; i < size && z->so_far; i++)
            z->so_far = bytes.data[i] == 0;
        z->size += size;
        bytes.data += size;
        bytes.size -= size;
        if (size < room)
            return;
        uint64_t block = (z->size / TAR_BLOCK_BYTES - 1) % RING_BLOCKS;
        uint64_t bit = 1ull << block % 64;
        z->bits[block / 64] = (z->bits[block / 64] & ~bit) | (z->so_far ? bit : 0);
        z->so_far = true;
    }
}

/* Whether the block that ends at `end` is zeros, as far as that is still known. */
static bool is_zero_before(const struct unpack_zeros *z, uint64_t end) {
    uint64_t blocks = z->size / TAR_BLOCK_BYTES, block = end / TAR_BLOCK_BYTES;
    if (block == 0 || block > blocks || blocks - block >= RING_BLOCKS)
        return false;
    block = (block - 1) % RING_BLOCKS;
    return z->bits[block / 64] >> block % 64 & 1;
}

/* ---- libarchive ---- */

static la_ssize_t unpack_read(struct archive *archive, void *context,
                              const void **bytes) {
    struct unpack *u = context;
    struct slice block = {0};
    int status = u->below->next(u->below, &block, &u->fault);
    if (status < 0) {
        archive_set_error(archive, EIO, "%s", u->fault.text);
        return ARCHIVE_FATAL;
    }
    *bytes = block.data;
    u->taken_bytes += block.size;
    if (u->is_tar)
        watch_zeros(&u->zeros, block);
    return status ? (la_ssize_t)block.size : 0;
}

/* What libarchive has to complain about, or the feed below it. */
static int unpack_fault(struct unpack *u, struct err *err) {
    struct err fault = u->fault;
    u->fault.code = ERR_NONE;
    if (fault.code != ERR_NONE)
        return err_set(err, fault.code, "%s", fault.text);
    const char *why = archive_error_string(u->archive);
    why = why ? why : "damaged archive";
    const char *hint = strstr(why, "memory") ? pack_again : "";
    la_int64_t at = archive_filter_bytes(u->archive, 0); /* -1 once it gave up */
    return err_set(err, ERR_DATA, "%s byte %lld: %s%s", at < 0 ? "stored" : "unpacked",
                   at < 0 ? (long long)u->taken_bytes : (long long)at, why, hint);
}

static int unpack_next(struct feed *feed, struct slice *block, struct err *err) {
    struct unpack *u = (struct unpack *)feed;
    if (u->fault.code != ERR_NONE) { /* opening failed */
        u->dead = u->broken = true;
        return unpack_fault(u, err);
    }
    if (u->dead)
        return 0;
    const void *bytes = NULL;
    size_t size = 0;
    la_int64_t offset; /* holes of sparse files are left out */
    int rc;
    do
        rc = archive_read_data_block(u->archive, &bytes, &size, &offset);
    while ((rc == ARCHIVE_OK || rc == ARCHIVE_WARN) && size == 0);
    *block = (struct slice){bytes, size};
    if (rc == ARCHIVE_EOF)
        return 0;
    if (rc == ARCHIVE_OK || rc == ARCHIVE_WARN)
        return 1;
    u->dead = u->broken = rc == ARCHIVE_FATAL;
    return unpack_fault(u, err);
}

/* libarchive's settings: 0, or -1 if it cannot be opened. */
static int unpack_open(struct unpack *u, enum unpack_format format) {
    int (*const filters[])(struct archive *) = {
        archive_read_support_filter_bzip2, archive_read_support_filter_xz,
        archive_read_support_filter_lzma,  archive_read_support_filter_zstd,
        archive_read_support_filter_lz4,
    };
    u->is_tar = format == UNPACK_TAR;
    if (u->is_tar) {
        archive_read_support_format_tar(u->archive);
        archive_read_set_option(u->archive, "tar", "read_concatenated_archives", "1");
        CHECK(archive_read_set_format(u->archive, ARCHIVE_FORMAT_TAR) == ARCHIVE_OK);
    } else {
        for (size_t i = 0; i < sizeof filters / sizeof *filters; i++)
            filters[i](u->archive);
        archive_read_support_format_raw(u->archive);
        archive_read_support_format_empty(u->archive);
    }
    int rc = archive_read_open(u->archive, u, NULL, unpack_read, NULL);
    if (rc == ARCHIVE_OK && !u->is_tar)
        rc = archive_read_next_header(u->archive, &u->entry);
    u->dead = rc == ARCHIVE_EOF; /* packed nothing */
    if (rc >= ARCHIVE_WARN && !u->is_tar && archive_filter_count(u->archive) == 1)
        return err_set(&u->fault, ERR_DATA,
                       "stored byte 0: the packed data is damaged "
                       "at its beginning");
    return rc >= ARCHIVE_WARN ? 0 : -1;
}

void unpack_init(struct unpack *u, struct feed *below, struct slice head,
                 enum unpack_format format) {
    *u =
        (struct unpack){.feed.next = unpack_next, .below = below, .zeros.so_far = true};
    u->archive = archive_read_new();
    CHECK(u->archive != NULL);
    uint64_t window = packing_window_bytes(head);
    if (window > WINDOW_MAX_BYTES && format == UNPACK_STREAM)
        err_set(&u->fault, ERR_DATA, "needs %llu MiB to unpack%s",
                (unsigned long long)(window >> 20), pack_again);
    else if (unpack_open(u, format) < 0 && u->fault.code == ERR_NONE)
        unpack_fault(u, &u->fault);
}

/* Whether what was read up to now ends in the record of the end mark at `mark_at`,
 * which some writers fill with what was in their memory. */
static bool fills_record(const struct unpack *u, la_int64_t mark_at) {
    la_int64_t record = mark_at / TAR_RECORD_BYTES;
    return archive_filter_bytes(u->archive, 0) <= (record + 1) * TAR_RECORD_BYTES;
}

/* Whether the header that was just read is after zeros, which are the end mark. */
static bool is_behind_mark(const struct unpack *u) {
    la_int64_t end = archive_filter_bytes(u->archive, 0);
    return end >= TAR_BLOCK_BYTES &&
           is_zero_before(&u->zeros, (uint64_t)end - TAR_BLOCK_BYTES);
}

int unpack_next_entry(struct unpack *u, bool *found, struct err *err) {
    *found = false;
    if (u->fault.code != ERR_NONE) { /* opening failed */
        u->dead = u->broken = true;
        return unpack_fault(u, err);
    }
    if (u->dead)
        return 0;
    struct err fault = {0};
    int rc = archive_read_next_header(u->archive, &u->entry);
    la_int64_t from = archive_read_header_position(u->archive);
    bool padded = false; /* the first bad header may be what fills a record */
    while (rc == ARCHIVE_RETRY || rc == ARCHIVE_FAILED) {
        if (fault.code == ERR_NONE) {
            padded = is_behind_mark(u);
            unpack_fault(u, &fault);
        }
        padded = padded && fills_record(u, from);
        rc = archive_read_next_header(u->archive, &u->entry);
    }
    u->broken = rc == ARCHIVE_FATAL;
    u->dead = u->broken || rc == ARCHIVE_EOF;
    u->padded = padded && rc == ARCHIVE_EOF;
    *found = rc == ARCHIVE_OK || rc == ARCHIVE_WARN;
    if (fault.code != ERR_NONE && !u->padded) {
        la_int64_t to = *found ? archive_read_header_position(u->archive)
                               : archive_filter_bytes(u->archive, 0);
        u->feed.dropped_bytes += to > from ? (uint64_t)(to - from) : 0;
        return err_set(err, fault.code, "%s", fault.text);
    }
    return rc == ARCHIVE_FATAL ? unpack_fault(u, err) : *found;
}

/* Reads what libarchive left below it: 0, or -1. */
static int unpack_drain(struct unpack *u, uint64_t *bytes, struct err *err) {
    struct slice block;
    int status;
    while ((status = u->below->next(u->below, &block, err)) == 1)
        *bytes += block.size;
    return status;
}

int unpack_check_end(struct unpack *u, struct err *err) {
    if (u->checked)
        return 0;
    u->checked = true;
    la_int64_t at = archive_filter_bytes(u->archive, 0);
    if (u->is_tar && !u->broken && !u->padded &&
        at == archive_read_header_position(u->archive))
        return err_set(
            err, ERR_DATA,
            "unpacked byte %lld: the end mark of the tar is missing: was it cut?",
            (long long)at);
    uint64_t used = (uint64_t)archive_filter_bytes(u->archive, -1);
    uint64_t unused = u->taken_bytes > used ? u->taken_bytes - used : 0;
    int status = unpack_drain(u, &unused, err);
    u->feed.dropped_bytes += unused;
    if (status < 0)
        return -1;
    if (unused == 0 || u->broken)
        return 0;
    return err_set(err, ERR_DATA, "stored byte %llu: %llu bytes behind the packed data",
                   (unsigned long long)used, (unsigned long long)unused);
}

bool unpack_is_file(const struct unpack *u) {
    return archive_entry_filetype(u->entry) == AE_IFREG &&
           archive_entry_hardlink(u->entry) == NULL;
}

const char *unpack_name(const struct unpack *u) {
    const char *name = archive_entry_pathname_utf8(u->entry);
    if (name == NULL)
        name = archive_entry_pathname(u->entry);
    return name ? name : "?";
}

void unpack_fini(struct unpack *u) {
    if (u->archive)
        archive_read_free(u->archive);
    *u = (struct unpack){0};
}
