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

/* Kinds of frames, as sets. */
enum {
    WIKITEXT_TEMPLATES = 1 << WIKITEXT_TEMPLATE | 1 << WIKITEXT_PARAMETER,
    WIKITEXT_PARTED = WIKITEXT_TEMPLATES | 1 << WIKITEXT_LINK, /* by bars */
    WIKITEXT_WALLS = WIKITEXT_TEMPLATES | 1 << WIKITEXT_TABLE,
};

enum { WIKITEXT_PARTS_MAX = 24 };

/* wikitext_stack.c: the place in the page.  What is left of it: */
size_t wikitext_left(const struct wikitext *w);
struct slice wikitext_rest(const struct wikitext *w);
/* How many of the byte at hand follow each other, up to `most`. */
size_t wikitext_run(const struct wikitext *w, size_t most);
/* Whether only white space and list markers lie before this on its line. */
bool wikitext_begins_line(const struct wikitext *w);
/* Takes bytes of the page as they are. */
void wikitext_take(struct wikitext *w, size_t size);
/* Puts out an entity of the page, or its & alone. */
void wikitext_entity(struct wikitext *w);

/* wikitext_stack.c: what is open.  Opens a construct after `size` bytes of the page.
 */
void wikitext_open(struct wikitext *w, enum wikitext_kind kind, size_t size);
/* The innermost open frame of a set of kinds (1 << kind) that no frame of the kinds in
 * `walls` lies above of, or -1. */
int wikitext_nearest(const struct wikitext *w, unsigned kinds, unsigned walls);
/* Forgets the frames from `depth` up; what they have put out stays. */
void wikitext_pop(struct wikitext *w, int depth);
/* Drops what the frame and those above it have put out, and them. */
void wikitext_drop(struct wikitext *w, int depth);
/* Takes a closing bracket of something that lies too deep.  False if there is none. */
bool wikitext_close_over(struct wikitext *w, size_t size);
/* The parts of a frame, between its bars; those beyond WIKITEXT_PARTS_MAX are left out.
 * Returns their number. */
int wikitext_parts_of(const struct wikitext *w, const struct wikitext_frame *frame,
                      struct slice parts[WIKITEXT_PARTS_MAX]);

/* Whether it looks like a language's code: fr, zh-hans, simple. */
bool wikitext_is_language(struct slice code);

/* wikitext_links.c: at a [, at a ] of the page. */
void wikitext_open_brackets(struct wikitext *w);
void wikitext_close_brackets(struct wikitext *w);
/* Whether a link to `target` is a file. */
bool wikitext_is_file(const struct wikitext *w, struct slice target);

/* wikitext_tags.c: at a < of the page. */
void wikitext_tags_init(struct wikitext *w);
void wikitext_tag(struct wikitext *w);
/* The digit's form above or below the line; NULL if it has none. */
const char *wikitext_raised(char c, bool is_sup);

/* wikitext_table.c: the pattern of a template (wikitext_templates.def); NULL: it shows
 * nothing. */
const char *wikitext_pattern(const struct wikitext *w, struct slice name);
/* The name of a month, from 1; nothing if there is none. */
struct slice wikitext_month(const struct wikitext *w, int number);
/* How a unit is written; NULL: as it stands. */
const char *wikitext_unit(const struct wikitext *w, struct slice unit);

/* wikitext_templates.c: what a template shows, in w->shown; false: nothing.  `parts`:
 * name and arguments. */
bool wikitext_template(struct wikitext *w, const struct slice *parts, int count);

/* wikitext_variants.c: what -{content}- shows, a part of the content. */
struct slice wikitext_variant(struct slice content);

/* wikitext_lines.c: the second pass. */
void wikitext_lines_init(struct wikitext *w);
void wikitext_lines(const struct wikitext *w, struct slice flat, struct str *out);

#endif
