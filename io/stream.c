/* SPDX-License-Identifier: Apache-2.0 */
/* Unpacking: see stream.h.  Two layers of one kind, the outer over the file and, if a
 * member is itself compressed, an inner one over that member:
 *
 *   file -> gunzip? -> libarchive? (tar, raw) -> gunzip? or libarchive? (raw) -> reader
 *
 * What is neither a tar nor packed goes without libarchive, which gives up at the first
 * fault below it.  Only formats that a corpus comes in are enabled.  libarchive's
 * silent ends (a bad next member of bzip2 and others, a tar without its end mark) are
 * found by counting bytes.  Where a filter of libarchive fails it keeps what it had not
 * yet handed out (64 KiB and more). */
#include "io/stream.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <string.h>

#include "io/feed.h"
#include "io/gunzip.h"
#include "io/packing.h"
#include "src/base/die.h"
#include "src/base/mem.h"

/* A corpus does not compress a thousandfold; what does is a mistake or a bomb. */
enum { RATIO_MAX = 1000, RATIO_GRACE_BYTES = 64 << 20, TAR_HEADER_BYTES = 512 };
enum { WINDOW_MAX_BYTES = 128 << 20 }; /* as libarchive has it for zstd */

static const char pack_again[] =
    " (pack it again with a window of 128 MiB or less)"; /* WINDOW_MAX_BYTES */

/* libarchive over a feed, and as a feed: the current member's bytes. */
struct unpack {
    struct feed feed;
    struct archive *archive; /* NULL: not in use */
    struct feed *below;      /* borrowed */
    struct err fault;        /* of below, while libarchive hands it through */
    uint64_t taken_bytes;    /* from below */
    bool dead;               /* it is at its end, or cannot go on */
    bool broken;             /* it cannot go on */
    bool checked;            /* what is behind its end was seen to */
};

struct stream {
    struct feed_file file;
    struct feed_head file_head;
    struct gunzip *file_gunzip;
    struct feed_head plain; /* what is now neither compressed nor, perhaps, a tar */
    struct unpack outer;    /* not in use if it is neither */
    struct feed_head member_head;
    struct gunzip *member_gunzip;
    struct unpack inner;
    struct feed *content; /* of the member: the uppermost of these */
    struct str name;      /* of the member */
    bool content_given;   /* without archive: the one member */
    bool has_entry;       /* found behind damage that had to be told first */
    struct archive_entry *entry;
    uint64_t weighed_bytes; /* what was unpacked: members and their headers */
    uint64_t dropped_bytes;
    bool ended;
};

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

/* What the content may be: anything, not a tar (a member of one), a tar whatever it
 * looks like. */
enum unpack_format { UNPACK_ANY, UNPACK_RAW, UNPACK_TAR };

/* `head` is what `below` begins with. */
static void unpack_init(struct unpack *u, struct feed *below, struct slice head,
                        enum unpack_format format) {
    *u = (struct unpack){.feed.next = unpack_next, .below = below};
    u->archive = archive_read_new();
    CHECK(u->archive != NULL);
    uint64_t window = packing_window_bytes(head);
    if (window > WINDOW_MAX_BYTES) {
        err_set(&u->fault, ERR_DATA, "needs %llu MiB to unpack%s",
                (unsigned long long)(window >> 20), pack_again);
        return;
    }
    int (*const filters[])(struct archive *) = {
        archive_read_support_filter_bzip2, archive_read_support_filter_xz,
        archive_read_support_filter_lzma,  archive_read_support_filter_zstd,
        archive_read_support_filter_lz4,
    };
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++)
        filters[i](u->archive);
    archive_read_support_format_raw(u->archive);
    archive_read_support_format_empty(u->archive);
    if (format != UNPACK_RAW) {
        archive_read_support_format_tar(u->archive);
        archive_read_set_option(u->archive, "tar", "read_concatenated_archives", "1");
    }
    if (format == UNPACK_TAR) /* even if its first header is damaged */
        CHECK(archive_read_set_format(u->archive, ARCHIVE_FORMAT_TAR) == ARCHIVE_OK);
    int rc = archive_read_open(u->archive, u, NULL, unpack_read, NULL);
    if (rc != ARCHIVE_OK && u->fault.code == ERR_NONE)
        unpack_fault(u, &u->fault); /* to be told at the first header or block */
}

/* The next entry: 1, 0, -1.  Damaged headers are passed over, down to the next good
 * one. */
static int unpack_header(struct unpack *u, struct archive_entry **entry, bool *found,
                         struct err *err) {
    *found = false;
    if (u->fault.code != ERR_NONE) { /* opening failed */
        u->dead = u->broken = true;
        return unpack_fault(u, err);
    }
    if (u->dead)
        return 0;
    struct err fault = {0};
    int rc = archive_read_next_header(u->archive, entry);
    la_int64_t from = archive_read_header_position(u->archive);
    while (rc == ARCHIVE_RETRY || rc == ARCHIVE_FAILED) {
        if (fault.code == ERR_NONE)
            unpack_fault(u, &fault);
        rc = archive_read_next_header(u->archive, entry);
    }
    u->broken = rc == ARCHIVE_FATAL;
    u->dead = u->broken || rc == ARCHIVE_EOF;
    *found = rc == ARCHIVE_OK || rc == ARCHIVE_WARN;
    if (fault.code != ERR_NONE) {
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

/* At the end: what libarchive ended on without a word.  0, or -1 with the damage. */
static int unpack_check_end(struct unpack *u, struct err *err) {
    bool tar =
        (archive_format(u->archive) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_TAR;
    la_int64_t at = archive_filter_bytes(u->archive, 0);
    if (tar && !u->broken && at == archive_read_header_position(u->archive))
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

static void unpack_fini(struct unpack *u) {
    if (u->archive)
        archive_read_free(u->archive);
    *u = (struct unpack){0};
}

struct stream *stream_open(const char *path, struct err *err) {
    struct stream *s = mem_alloc(1, sizeof *s);
    str_append(&s->name, "", 0);
    if (feed_file_open(&s->file, path, err) < 0) {
        stream_close(s);
        return NULL;
    }
    feed_head_init(&s->file_head, &s->file.feed);
    struct feed *below = &s->file_head.feed;
    if (gunzip_bid(feed_head_look(&s->file_head, PACKING_LOOK_BYTES))) {
        s->file_gunzip = gunzip_create(below);
        below = gunzip_feed(s->file_gunzip);
    }
    feed_head_init(&s->plain, below);
    struct slice head = feed_head_look(&s->plain, PACKING_LOOK_BYTES);
    if (packing_names_tar(path))
        unpack_init(&s->outer, &s->plain.feed, head, UNPACK_TAR);
    else if (packing_is_compressed(head) || packing_is_tar(head))
        unpack_init(&s->outer, &s->plain.feed, head, UNPACK_ANY);
    return s;
}

/* Collects what a layer dropped. */
static void stream_collect(struct stream *s, struct feed *feed) {
    s->dropped_bytes += feed->dropped_bytes;
    feed->dropped_bytes = 0;
}

static void stream_close_member(struct stream *s) {
    if (s->content)
        stream_collect(s, s->content);
    unpack_fini(&s->inner);
    gunzip_destroy(s->member_gunzip);
    s->member_gunzip = NULL;
    feed_head_fini(&s->member_head);
    s->member_head = (struct feed_head){0};
    s->content = NULL;
}

static void stream_open_member(struct stream *s) {
    const char *name = archive_entry_pathname_utf8(s->entry);
    if (name == NULL)
        name = archive_entry_pathname(s->entry);
    bool raw = archive_format(s->outer.archive) == ARCHIVE_FORMAT_RAW;
    str_clear(&s->name);
    str_printf(&s->name, "%s", raw ? "" : name ? name : "?");
    feed_head_init(&s->member_head, &s->outer.feed);
    s->content = &s->member_head.feed;
    struct slice head = feed_head_look(&s->member_head, PACKING_LOOK_BYTES);
    if (gunzip_bid(head)) {
        s->member_gunzip = gunzip_create(s->content);
        s->content = gunzip_feed(s->member_gunzip);
    } else if (packing_is_compressed(head)) {
        struct archive_entry *entry;
        bool found;
        unpack_init(&s->inner, s->content, head, UNPACK_RAW);
        unpack_header(&s->inner, &entry, &found, &s->inner.fault);
        s->content = &s->inner.feed;
    }
}

static bool is_regular(struct archive_entry *entry) {
    return archive_entry_filetype(entry) == AE_IFREG &&
           archive_entry_hardlink(entry) == NULL;
}

/* 0, or -1 if it unpacks to too much: then it is at its end. */
static int check_ratio(struct stream *s, struct err *err) {
    if (s->weighed_bytes <= RATIO_GRACE_BYTES + RATIO_MAX * s->file.read_bytes)
        return 0;
    s->ended = true;
    return err_set(err, ERR_DATA, "unpacks to over %d times its size: the rest is left",
                   RATIO_MAX);
}

/* To the next regular file in the archive: as stream_next_member. */
static int next_entry(struct stream *s, struct err *err) {
    while (!s->has_entry) {
        s->weighed_bytes += TAR_HEADER_BYTES;
        if (check_ratio(s, err) < 0)
            return -1;
        int status = unpack_header(&s->outer, &s->entry, &s->has_entry, err);
        stream_collect(s, &s->outer.feed);
        if (s->has_entry)
            s->has_entry = is_regular(s->entry);
        if (status < 0)
            return -1;
        if (status == 0) {
            s->ended = true;
            status = unpack_check_end(&s->outer, err);
            stream_collect(s, &s->outer.feed);
            return status;
        }
    }
    s->has_entry = false;
    stream_open_member(s);
    return 1;
}

int stream_next_member(struct stream *s, const char **name, struct err *err) {
    stream_close_member(s);
    *name = s->name.data;
    if (s->ended)
        return 0;
    bool is_empty = s->file.read_bytes == 0 && s->file_head.status == 0;
    if (s->outer.archive && !is_empty) {
        int status = next_entry(s, err);
        *name = s->name.data;
        return status;
    }
    s->ended = is_empty || s->content_given;
    if (is_empty)
        return err_set(err, ERR_DATA, "the file is empty");
    if (s->ended)
        return 0;
    s->content_given = true;
    s->content = &s->plain.feed;
    return 1;
}

int stream_next_block(struct stream *s, struct slice *block, struct err *err) {
    if (s->content == NULL || s->ended)
        return 0;
    int status = s->content->next(s->content, block, err);
    stream_collect(s, s->content);
    if (status == 0 && s->inner.archive && !s->inner.checked) {
        s->inner.dead = s->inner.checked = true;
        status = unpack_check_end(&s->inner, err);
        stream_collect(s, s->content);
    }
    if (status <= 0)
        return status;
    s->weighed_bytes += block->size;
    if (check_ratio(s, err) == 0)
        return 1;
    s->dropped_bytes += block->size;
    return -1;
}

uint64_t stream_take_dropped(struct stream *s) {
    uint64_t dropped = s->dropped_bytes;
    s->dropped_bytes = 0;
    return dropped;
}

uint64_t stream_stored_bytes(const struct stream *s) { return s->file.read_bytes; }

void stream_close(struct stream *s) {
    if (s == NULL)
        return;
    stream_close_member(s);
    unpack_fini(&s->outer);
    gunzip_destroy(s->file_gunzip);
    feed_head_fini(&s->plain);
    feed_head_fini(&s->file_head);
    feed_file_close(&s->file);
    str_fini(&s->name);
    mem_free(s);
}
