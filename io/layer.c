/* SPDX-License-Identifier: Apache-2.0 */
/* Taking a layer of packing off: see layer.h.  zstd and lz4 have skippable frames in
 * common, which parallel and seekable writers put in front: the frame after them says
 * whose they are. */
#include "io/layer.h"

#include "io/packing.h"
#include "io/signature.h"

enum { LOOK_BYTES = 512 };

static int layer_next(struct feed *feed, struct slice *block, struct err *err) {
    struct layer *layer = (struct layer *)feed;
    int status = layer->content->next(layer->content, block, err);
    if (status == 0 && layer->unpack.archive) {
        layer->unpack.dead = true;
        status = unpack_check_end(&layer->unpack, err);
    }
    feed->dropped_bytes += layer->content->dropped_bytes;
    layer->content->dropped_bytes = 0;
    return status;
}

/* What the feed begins with, after skippable frames. */
static struct slice look(struct feed_front *head) {
    uint64_t size;
    struct slice first = feed_front_look(head, LOOK_BYTES);
    while ((size = packing_skips(first)) > 0) {
        feed_front_pass(head, size);
        first = feed_front_look(head, LOOK_BYTES);
    }
    return first;
}

void layer_open(struct layer *layer, struct feed *below) {
    *layer = (struct layer){.feed.next = layer_next};
    feed_front_init(&layer->head, below);
    layer->content = &layer->head.feed;
    struct slice head = look(&layer->head);
    const struct signature *row = signature_find(head);
    if (row && row->use == SIGNATURE_GUNZIP) {
        layer->gunzip = gunzip_create(layer->content);
        layer->content = gunzip_feed(layer->gunzip);
    } else if (row && row->use == SIGNATURE_UNPACK) {
        unpack_init(&layer->unpack, layer->content, head, UNPACK_STREAM);
        layer->content = &layer->unpack.feed;
    }
}

void layer_close(struct layer *layer) {
    unpack_fini(&layer->unpack);
    gunzip_destroy(layer->gunzip);
    feed_front_fini(&layer->head);
    *layer = (struct layer){0};
}
