/* SPDX-License-Identifier: Apache-2.0 */
/* A gzip file as a feed: all its members one after the other, each verified (CRC and
 * size). libarchive verifies neither and takes a bad next member for the end, so gzip
 * has a door of its own; this is the only caller of zlib. */
#ifndef MPIBERT_IO_GUNZIP_H
#define MPIBERT_IO_GUNZIP_H

#include <stdbool.h>

#include "io/feed.h"

struct gunzip; /* opaque */

/* Whether these are the first bytes of a gzip file. */
bool gunzip_bid(struct slice head);
/* Borrows `below` until gunzip_destroy. */
struct gunzip *gunzip_create(struct feed *below);
/* Its bytes.  After damage it looks for the next member and goes on there. */
struct feed *gunzip_feed(struct gunzip *gunzip);
/* Accepts NULL. */
void gunzip_destroy(struct gunzip *gunzip);

#endif
