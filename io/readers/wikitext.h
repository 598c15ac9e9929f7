/* SPDX-License-Identifier: Apache-2.0 */
/* MediaWiki's wikitext to prose: paragraphs, a line each, and such items of lists as
 * are sentences.  Templates, tables, references, files, formulas, headings and sections
 * of sources go, as do headings, lists and tables in BERT's own data.  Time is linear
 * in the size of the page and memory is scratch that is kept, whatever the bytes are.
 */
#ifndef MPIBERT_IO_READERS_WIKITEXT_H
#define MPIBERT_IO_READERS_WIKITEXT_H

#include <stdint.h>

#include "io/readers/namespaces.h"
#include "src/base/map.h"
#include "src/base/str.h"

enum { WIKITEXT_DEPTH_MAX = 100, WIKITEXT_BARS_MAX = 1024, WIKITEXT_TAGS_MAX = 128 };

enum wikitext_kind {
    WIKITEXT_TEMPLATE,
    WIKITEXT_PARAMETER,
    WIKITEXT_LINK,
    WIKITEXT_URL,
    WIKITEXT_TABLE,
    WIKITEXT_SUP,
    WIKITEXT_SUB,
    WIKITEXT_VARIANT,
    WIKITEXT_KINDS,
};

/* A construct that has been opened. */
struct wikitext_frame {
    enum wikitext_kind kind;
    bool is_file;  /* a link to one, which may hold paragraphs */
    size_t mark;   /* what it has put out begins here */
    int first_bar; /* of its own */
};

struct wikitext {
    struct map tags, sections;      /* by folded name */
    struct map templates, units;    /* of the wiki's language, by name */
    const char *months;             /* of it, with | between them */
    char language[16];              /* whose rows these are */
    const struct namespaces *names; /* borrowed while a page is read */
    const char *p, *end, *line;     /* the page: here, its end, this line */
    struct str flat;                /* the page without its inline markup */
    struct str shown;               /* of a template */
    struct wikitext_frame frames[WIKITEXT_DEPTH_MAX];
    int depth;
    int open[WIKITEXT_KINDS];       /* frames of each kind */
    size_t bars[WIKITEXT_BARS_MAX]; /* in flat: between the parts of open frames */
    int bar_count;
    int over;                         /* opened beyond DEPTH_MAX, and not closed */
    size_t over_mark;                 /* what they have put out begins here */
    size_t dropped;                   /* bytes of it */
    bool unclosed[WIKITEXT_TAGS_MAX]; /* tags of which no end tag follows */
};

void wikitext_init(struct wikitext *w);
void wikitext_fini(struct wikitext *w);
/* Templates show what they show in wikis of this language (its code: "fr", "zh-yue";
 * empty: not known).  English to begin with, and for languages without rows. */
void wikitext_set_language(struct wikitext *w, struct slice code);
/* Appends a page's prose to *out.  Returns how many bytes were dropped because they
 * were nested deeper than WIKITEXT_DEPTH_MAX. */
size_t wikitext_prose(struct wikitext *w, struct slice page,
                      const struct namespaces *names, struct str *out);
/* Whether the page only sends its readers to another one: #REDIRECT [[…]], in any
 * language. */
bool wikitext_is_redirect(struct slice page);

#endif
