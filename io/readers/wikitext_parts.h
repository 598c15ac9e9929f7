/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of wikitext share.  A page goes through two passes: the first takes
 * inline markup away, with a stack of what is open, and leaves marks of one byte where
 * the second, which works line by line, has to know of it.  No page holds these bytes:
 * XML has none of them, and those of other sources are dropped. */
#ifndef MPIBERT_IO_READERS_WIKITEXT_PARTS_H
#define MPIBERT_IO_READERS_WIKITEXT_PARTS_H

#include "io/readers/wikitext.h"

enum wikitext_mark {
    MARK_HOLE = 1,       /* something was dropped here */
    MARK_APOSTROPHE = 2, /* one that is not markup */
    MARK_BREAK = 3,      /* this line goes on with the paragraph, but is a line */
};

/* Opens a construct behind `size` bytes of the page. */
void wikitext_open(struct wikitext *w, enum wikitext_kind kind, size_t size);
/* The innermost open frame of a set of kinds (1 << kind) that no frame of the kinds in
 * `walls` lies above of, or -1. */
int wikitext_nearest(const struct wikitext *w, unsigned kinds, unsigned walls);
/* Forgets the frames from `depth` up; what they have put out stays. */
void wikitext_pop(struct wikitext *w, int depth);
/* Drops what the frame and those above it have put out, and them. */
void wikitext_drop(struct wikitext *w, int depth);
/* Puts out an entity of the page, or its & alone. */
void wikitext_entity(struct wikitext *w);
/* Whether it looks like a language's code: fr, zh-hans, simple. */
bool wikitext_is_language(struct slice code);
/* Names with | between them. */
void wikitext_put_names(struct map *map, const char *names, uint64_t value);
/* Without white space and holes at its ends. */
struct slice wikitext_trim(struct slice text);

/* wikitext_tags.c: at a < of the page. */
void wikitext_tags_init(struct wikitext *w);
void wikitext_tag(struct wikitext *w);

/* wikitext_templates.c: what a template shows, in w->shown; false: nothing.  `parts`:
 * name and arguments. */
void wikitext_templates_init(struct wikitext *w);
bool wikitext_template(struct wikitext *w, const struct slice *parts, int count);

/* wikitext_variants.c: what -{content}- shows, a part of the content. */
struct slice wikitext_variant(struct slice content);

/* wikitext_lines.c: the second pass. */
void wikitext_lines_init(struct wikitext *w);
void wikitext_lines(const struct wikitext *w, struct slice flat, struct str *out);

#endif
