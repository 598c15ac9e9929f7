/* SPDX-License-Identifier: Apache-2.0 */
/* One layer of packing off a feed: what is packed comes unpacked, anything else as it
 * is. */
#ifndef MPIBERT_IO_LAYER_H
#define MPIBERT_IO_LAYER_H

#include "io/feed.h"
#include "io/gunzip.h"
#include "io/unpack.h"

/* Zero it where none is open.  Does not move once open. */
struct layer {
    struct feed feed; /* the content */
    struct feed_front head;
    struct gunzip *gunzip; /* NULL: it is not gzip */
    struct unpack unpack;  /* not in use if libarchive has nothing to unpack */
    struct feed *content;  /* the uppermost of these; borrowed */
};

/* Opens; borrows `below` until layer_close. */
void layer_open(struct layer *layer, struct feed *below);
/* Accepts one that is not open. */
void layer_close(struct layer *layer);

#endif
