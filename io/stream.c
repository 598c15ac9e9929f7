/* SPDX-License-Identifier: Apache-2.0 */
/* A file as members: see stream.h.  Layers, each over the one before:
 *
 *   file -> layer -> layer -> tar? -> layer -> reader
 *
 * What is neither a tar nor packed goes without libarchive, which gives up at the first
 * fault below it. */
#include "io/stream.h"

#include <string.h>

#include "io/feed.h"
#include "io/layer.h"
#include "io/packing.h"
#include "io/signature.h"
#include "src/base/mem.h"

/* A corpus does not compress a thousandfold; what does is a mistake or a bomb. */
enum { RATIO_MAX = 1000, RATIO_GRACE_BYTES = 64 << 20, TAR_HEADER_BYTES = 512 };
enum { FILE_LAYERS = 2 }; /* of packing around the whole file */

struct stream {
    struct feed_file file;
    struct layer layers[FILE_LAYERS];
    struct feed_front plain; /* what is not packed any more and may be a tar */
    struct unpack tar;       /* not in use if it is none */
    struct layer member;     /* of a tar's member */
    struct feed *content;    /* of the member; NULL: none is open */
    struct str name;         /* of the member */
    bool content_given;      /* without tar: the one member */
    bool has_entry;          /* found after damage that had to be told first */
    uint64_t weighed_bytes;  /* what was unpacked: members and their headers */
    uint64_t dropped_bytes;
    bool ended;
};

/* Whether it is to be read as a tar: also one whose first header is damaged, if the
 * file's name says that it is one and nothing else is known of it. */
static bool is_tar(const char *path, struct slice head) {
    const struct signature *row = signature_find(head);
    return row ? row->use == SIGNATURE_TAR : packing_names_tar(path);
}

struct stream *stream_open(const char *path, struct err *err) {
    struct stream *s = mem_alloc(1, sizeof *s);
    str_append(&s->name, "", 0);
    if (feed_file_open(&s->file, path, err) < 0) {
        stream_close(s);
        return NULL;
    }
    struct feed *below = &s->file.feed;
    for (int i = 0; i < FILE_LAYERS; i++) {
        layer_open(&s->layers[i], below);
        below = &s->layers[i].feed;
    }
    feed_front_init(&s->plain, below);
    struct slice head = feed_front_look(&s->plain, PACKING_LOOK_BYTES);
    if (is_tar(path, head))
        unpack_init(&s->tar, &s->plain.feed, head, UNPACK_TAR);
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
    if (s->content == &s->member.feed)
        layer_close(&s->member);
    s->content = NULL;
}

static void stream_open_member(struct stream *s) {
    str_clear(&s->name);
    str_printf(&s->name, "%s", unpack_name(&s->tar));
    layer_open(&s->member, &s->tar.feed);
    s->content = &s->member.feed;
}

/* 0, or -1 if it unpacks to too much: then it is at its end. */
static int check_ratio(struct stream *s, struct err *err) {
    if (s->weighed_bytes <= RATIO_GRACE_BYTES + RATIO_MAX * s->file.read_bytes)
        return 0;
    s->ended = true;
    return err_set(err, ERR_DATA, "unpacks to over %d times its size: the rest is left",
                   RATIO_MAX);
}

/* To the next regular file in the tar: as stream_next_member. */
static int next_entry(struct stream *s, struct err *err) {
    while (!s->has_entry) {
        s->weighed_bytes += TAR_HEADER_BYTES;
        if (check_ratio(s, err) < 0)
            return -1;
        int status = unpack_next_entry(&s->tar, &s->has_entry, err);
        stream_collect(s, &s->tar.feed);
        if (s->has_entry)
            s->has_entry = unpack_is_file(&s->tar);
        if (status < 0)
            return -1;
        if (status == 0) {
            s->ended = true;
            status = unpack_check_end(&s->tar, err);
            stream_collect(s, &s->tar.feed);
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
    bool is_empty = s->file.read_bytes == 0 && s->layers[0].head.status == 0;
    if (s->tar.archive && !is_empty) {
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
    unpack_fini(&s->tar);
    feed_front_fini(&s->plain);
    for (int i = FILE_LAYERS; i-- > 0;)
        layer_close(&s->layers[i]);
    feed_file_close(&s->file);
    str_fini(&s->name);
    mem_free(s);
}
