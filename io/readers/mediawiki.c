/* SPDX-License-Identifier: Apache-2.0 */
/* `mediawiki`: the articles of a MediaWiki dump (pages-articles and its like, schemas
 * 0.3 to 0.11), a document each: the title, a blank line, the prose of the last
 * revision's wikitext.  Redirects, other namespaces and other content models are
 * counted and passed over.  A part of a dump may begin and end between pages; a
 * damaged page is lost and the next one is read. */
#include "io/readers/reader.h"

#include <stdlib.h>
#include <string.h>

#include "io/readers/elements.h"
#include "io/readers/namespaces.h"
#include "io/readers/wikitext.h"
#include "src/base/mem.h"

enum { PAGE_BYTES_MAX = 16 << 20, FIELD_BYTES_MAX = 4096 };

struct mediawiki {
    struct elements elements;
    struct namespaces names;
    struct wikitext wikitext;
    struct str title, number, model, text; /* of the page; number: its namespace's */
    struct str name;                       /* of a namespace in <siteinfo> */
    int name_key;
    struct str base;             /* of the wiki: its main page's address */
    struct str dbname, language; /* "frwiki", "fr" */
    bool is_language_set;        /* for templates */
    struct str *into;            /* where character data goes; NULL: nowhere */
    size_t into_max;
    int page_depth;
    bool is_redirect, is_too_long;
    uint64_t markup_bytes; /* between pages */
    uint64_t page_bytes;
};

static const char *const roots[] = {"mediawiki", NULL}, *const records[] = {"page",
                                                                            NULL};
static const struct elements_form form = {roots, records, "mediawiki"};

static void collect(struct mediawiki *m, struct str *into, size_t most) {
    m->into = into;
    m->into_max = most;
    str_clear(into);
}

static void begin_page(struct mediawiki *m) {
    struct xml *xml = m->elements.xml;
    m->markup_bytes += elements_take(&m->elements, xml_start_offset(xml));
    m->elements.inside = true;
    m->page_depth = xml_depth(xml);
    m->is_redirect = m->is_too_long = false;
    str_clear(&m->title);
    str_clear(&m->number);
    str_clear(&m->model);
    str_clear(&m->text);
}

/* An element of a page, `level` below it.  A revision begins anew: the last one counts.
 */
static void begin_field(struct mediawiki *m, const char *name, int level) {
    if (level == 1 && strcmp(name, "title") == 0)
        collect(m, &m->title, FIELD_BYTES_MAX);
    else if (level == 1 && strcmp(name, "ns") == 0)
        collect(m, &m->number, FIELD_BYTES_MAX);
    else if (level == 1 && strcmp(name, "redirect") == 0)
        m->is_redirect = true;
    else if (level == 2 && strcmp(name, "model") == 0)
        collect(m, &m->model, FIELD_BYTES_MAX);
    else if (level == 2 && strcmp(name, "text") == 0)
        collect(m, &m->text, PAGE_BYTES_MAX);
    else if (level == 1 && strcmp(name, "revision") == 0)
        m->text.size = m->model.size = 0;
}

/* An element between pages: what the wiki says of itself. */
static void begin_site(struct mediawiki *m, const char *name, const char **attributes) {
    const char *key = xml_attribute(attributes, "key");
    const char *language = xml_attribute(attributes, "xml:lang");
    if (strcmp(name, "namespace") == 0 && key) {
        m->name_key = atoi(key);
        collect(m, &m->name, FIELD_BYTES_MAX);
    } else if (strcmp(name, "base") == 0) {
        collect(m, &m->base, FIELD_BYTES_MAX);
    } else if (strcmp(name, "dbname") == 0) {
        collect(m, &m->dbname, FIELD_BYTES_MAX);
    } else if (strcmp(name, "mediawiki") == 0) {
        str_clear(&m->dbname);
        str_clear(&m->language);
        str_append(&m->language, language ? language : "",
                   language ? strlen(language) : 0);
        m->is_language_set = false;
    }
}

static void on_start(void *user, const char *name, const char **attributes) {
    struct mediawiki *m = user;
    bool is_page = strcmp(name, "page") == 0;
    m->into = NULL;
    if (m->elements.inside && is_page)
        xml_refuse(m->elements.xml, "a page begins inside of a page");
    else if (m->elements.inside)
        begin_field(m, name, xml_depth(m->elements.xml) - m->page_depth);
    else if (is_page)
        begin_page(m);
    else
        begin_site(m, name, attributes);
}

static void on_end(void *user, const char *name) {
    struct mediawiki *m = user;
    struct xml *xml = m->elements.xml;
    if (m->into && m->into == &m->name)
        namespaces_put(&m->names, str_slice(&m->name), m->name_key);
    m->into = NULL;
    if (!m->elements.inside || xml_depth(xml) > m->page_depth ||
        strcmp(name, "page") != 0)
        return;
    m->elements.inside = false;
    m->page_bytes = elements_take(&m->elements, xml_end_offset(xml));
    xml_hold(xml);
}

static void on_text(void *user, struct slice text) {
    struct mediawiki *m = user;
    if (m->into == NULL)
        return;
    if (m->into->size + text.size <= m->into_max)
        str_append(m->into, text.data, text.size);
    else
        m->is_too_long = true;
}

static const struct xml_handler handler = {on_start, on_end, on_text};

/* The machine that a reader keeps from member to member. */
static struct mediawiki *machine_of(struct reader *r) {
    if (r->machine == NULL) {
        struct mediawiki *m = mem_alloc(1, sizeof *m);
        elements_init(&m->elements, &form, &handler, m);
        wikitext_init(&m->wikitext);
        r->machine = m;
    }
    return r->machine;
}

static void mediawiki_close(struct reader *r) {
    struct mediawiki *m = r->machine;
    if (m == NULL)
        return;
    elements_fini(&m->elements);
    wikitext_fini(&m->wikitext);
    namespaces_fini(&m->names);
    struct str *const strings[] = {&m->title, &m->number, &m->model,  &m->text,
                                   &m->name,  &m->base,   &m->dbname, &m->language};
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
        str_fini(strings[i]);
    mem_free(m);
    r->machine = NULL;
}

/* By its number, or in old dumps by its title's prefix. */
static bool is_article(const struct mediawiki *m) {
    if (m->number.size > 0)
        return slice_equal(str_slice(&m->number), slice_of("0"));
    struct slice rest = str_slice(&m->title), prefix = {0};
    int key = NAMESPACE_MAIN;
    slice_field(&rest, ':', &prefix);
    if (prefix.size < m->title.size)
        namespaces_find(&m->names, prefix, &key);
    return key == NAMESPACE_MAIN;
}

/* Where a page that is none of ours is counted; NULL: it is ours. */
static uint64_t *reason_to_skip(const struct mediawiki *m, struct tally *tally) {
    if (!is_article(m))
        return &tally->pages_not_articles;
    if (m->is_redirect || wikitext_is_redirect(str_slice(&m->text)))
        return &tally->pages_redirects;
    if (m->model.size > 0 && !slice_equal(str_slice(&m->model), slice_of("wikitext")))
        return &tally->pages_not_wikitext;
    return NULL;
}

/* The language in the name of a database: frwiki, zh_yuewiktionary; empty if there is
 * none: commonswiki. */
static struct slice language_of_database(struct slice dbname) {
    const char *end = dbname.data ? memmem(dbname.data, dbname.size, "wik", 3) : NULL;
    size_t size = end ? (size_t)(end - dbname.data) : 0, n = 0;
    while (n < size && dbname.data[n] >= 'a' && dbname.data[n] <= 'z')
        n++;
    bool is_code = (n >= 2 && n <= 3 && (n == size || dbname.data[n] == '_')) ||
                   slice_starts(dbname, "simplewik");
    return (struct slice){dbname.data, is_code ? size : 0};
}

/* Templates mean what they mean in this wiki: as it says itself, or by the names of its
 * namespaces; nothing is known of a part of a dump. */
static void choose_language(struct mediawiki *m) {
    struct slice code = language_of_database(str_slice(&m->dbname));
    for (size_t i = 0; i < code.size; i++)
        if (m->dbname.data[i] == '_')
            m->dbname.data[i] = '-';
    if (code.size == 0)
        code = str_slice(&m->language);
    if (code.size == 0) {
        const char *name = namespaces_language(&m->names);
        code = slice_of(name ? name : "");
    }
    wikitext_set_language(&m->wikitext, code);
    m->is_language_set = true;
}

/* The document: nothing if it would be the title alone. */
static size_t write_document(struct mediawiki *m, struct str *out) {
    if (!m->is_language_set)
        choose_language(m);
    str_append(out, m->title.data, m->title.size);
    str_append(out, "\n\n", 2);
    size_t head = out->size;
    size_t dropped = wikitext_prose(&m->wikitext, str_slice(&m->text), &m->names, out);
    if (out->size == head)
        str_clear(out);
    return dropped;
}

/* Where the page is to be found: beside the wiki's main page, under its title. */
static void write_address(const struct mediawiki *m, struct reader *r) {
    const char *slash =
        m->base.size > 0 ? memrchr(m->base.data, '/', m->base.size) : NULL;
    str_append(&r->language, m->language.data, m->language.size);
    if (slash == NULL)
        return;
    str_append(&r->url, m->base.data, (size_t)(slash - m->base.data) + 1);
    size_t start = r->url.size;
    str_append(&r->url, m->title.data, m->title.size);
    for (size_t i = start; i < r->url.size; i++)
        if (r->url.data[i] == ' ')
            r->url.data[i] = '_';
}

/* A whole page: 1 it is a document, in r->text; 0 not; -1. */
static int take_page(struct reader *r, struct mediawiki *m, struct err *err) {
    struct tally *tally = r->in->tally;
    uint64_t *reason = reason_to_skip(m, tally);
    if (reason) {
        ++*reason;
        tally->skipped_bytes += m->page_bytes;
        return 0;
    }
    uint64_t start = m->elements.from - m->page_bytes, dropped = m->page_bytes;
    if (!m->is_too_long)
        dropped = write_document(m, &r->text);
    uint64_t rest = m->page_bytes > dropped ? m->page_bytes - dropped : 0;
    tally->damaged_bytes += m->page_bytes - rest;
    write_address(m, r);
    r->stored = r->text.size < rest ? r->text.size : rest;
    tally->markup_bytes += rest - r->stored;
    if (dropped > 0 &&
        input_damage(r->in, start, err, "%llu bytes of a page %s",
                     (unsigned long long)dropped,
                     m->is_too_long ? "of over 16 MiB" : "are nested too deep") < 0)
        return -1;
    return !m->is_too_long;
}

static int mediawiki_next(struct reader *r, struct err *err) {
    struct mediawiki *m = machine_of(r);
    if (r->state == 0 && elements_begin(&m->elements, r->in)) {
        namespaces_fini(&m->names);
        namespaces_init(&m->names);
        str_clear(&m->base);
        str_clear(&m->dbname);
        str_clear(&m->language);
        m->is_language_set = false;
    }
    r->state = 1;
    for (;;) {
        m->into = NULL;
        int status = elements_next(&m->elements, err);
        r->in->tally->markup_bytes += m->markup_bytes;
        m->markup_bytes = 0;
        if (status == ELEMENTS_CUT)
            continue;
        if (status == ELEMENTS_HELD)
            status = take_page(r, m, err);
        else if (status == ELEMENTS_END)
            return 0;
        if (status != 0)
            return status;
    }
}

static int mediawiki_bid(struct slice head, const char *name) {
    return elements_bid(head, name, &form);
}

const struct reader_format reader_mediawiki = {.name = "mediawiki",
                                               .bid = mediawiki_bid,
                                               .next = mediawiki_next,
                                               .close = mediawiki_close};
