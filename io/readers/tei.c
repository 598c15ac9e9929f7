/* SPDX-License-Identifier: Apache-2.0 */
/* `tei`: TEI P5 (and P4, teiCorpus, the BNC's XML), a document each <TEI>.  Its text is
 * what stands in <text>: paragraphs, headings and verses, a line each, without notes,
 * figures, running heads and the readings that an editor set aside.  Corpora mark every
 * word: some keep the spaces between the marks, some inside, some have none; the last
 * are told by their having none in a whole paragraph.  A damaged document is handed out
 * up to the damage. */
#include "io/readers/reader.h"

#include <string.h>

#include "io/readers/elements.h"
#include "src/base/mem.h"

/* In the paragraph being read, until it is put out. */
enum tei_mark {
    MARK_WORD = 1,  /* a word begins right after another */
    MARK_POINT = 2, /* punctuation begins */
    MARK_STICK = 3, /* it ended, and belongs to the word after */
};

struct tei {
    struct elements elements;
    struct str *out; /* the document; borrowed, as is its language */
    struct str *language;
    struct str paragraph; /* with marks */
    bool in_text;
    bool after_token; /* nothing stands between here and the end of a word */
    size_t point;     /* in the paragraph, where the last punctuation begins */
    int record_depth;
    int text_depth;
    int quiet_depth; /* of an element that is left out; 0: none */
    uint64_t markup_bytes, record_bytes;
};

static const char *const roots[] = {"TEI", "teiCorpus", "TEI.2", "bncDoc", "bnc", NULL};
static const char *const records[] = {"TEI", "TEI.2", "bncDoc", NULL};
static const struct elements_form form = {roots, records, "teiCorpus"};

static const char *const texts[] = {"text", "wtext", "stext", NULL};
/* No prose of the document's own; of two readings, the one that is set aside. */
static const char *const quiet[] = {
    "teiHeader", "note",      "noteGrp", "figure",     "graphic",  "fw",
    "formula",   "table",     "bibl",    "biblStruct", "listBibl", "del",
    "sic",       "orig",      "abbr",    "rdg",        "speaker",  "stage",
    "gap",       "figDesc",   "index",   "castList",   "witList",  "standOff",
    "facsimile", "sourceDoc", NULL};
static const char *const blocks[] = {
    "p",        "ab",        "head",      "l",          "lg",      "item",
    "list",     "label",     "div",       "div0",       "div1",    "div2",
    "div3",     "div4",      "div5",      "quote",      "sp",      "salute",
    "signed",   "opener",    "closer",    "byline",     "front",   "body",
    "back",     "titlePart", "epigraph",  "argument",   "trailer", "dateline",
    "docTitle", "titlePage", "docAuthor", "docImprint", "u",       "text",
    "group",    NULL};

static bool is_listed(const char *const *list, const char *name) {
    while (*list && strcmp(*list, name) != 0)
        list++;
    return *list != NULL;
}

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

static bool starts_with_any(const char *p, const char *const *list) {
    while (*list && strncmp(p, *list, strlen(*list)) != 0)
        list++;
    return *list != NULL;
}

/* What belongs to the word before, and to the word after. */
static bool closes(const char *p) {
    static const char *const marks[] = {".", ",", ";", ":", "!", "?", ")", "]",
                                        "}", "”", "’", "»", "…", "%", NULL};
    return starts_with_any(p, marks);
}

static bool opens(const char *p) {
    static const char *const marks[] = {"(", "[", "{", "“", "‘", "«", "¿", "¡", NULL};
    return starts_with_any(p, marks);
}

static void put_space(struct str *out) {
    if (out->size > 0 && !is_space(out->data[out->size - 1]))
        str_append_char(out, ' ');
}

/* Whether the words of a paragraph have spaces between them; a few there are anyway,
 * between sentences. */
static bool is_spaced(const struct str *paragraph) {
    size_t spaces = 0, words = 0;
    for (size_t i = 0; i < paragraph->size; i++) {
        spaces += paragraph->data[i] == ' ';
        words += paragraph->data[i] == MARK_WORD;
    }
    return 2 * spaces >= words;
}

/* Puts out what lies before the next space or mark; returns where that is. */
static size_t put_run(struct str *out, const struct str *paragraph, size_t from) {
    size_t to = from;
    while (to < paragraph->size && paragraph->data[to] != ' ' &&
           (unsigned char)paragraph->data[to] > MARK_STICK)
        to++;
    str_append(out, paragraph->data + from, to - from);
    return to;
}

/* Puts a paragraph's words out with the right spaces. */
static void put_words(struct str *out, const struct str *paragraph) {
    bool spaced = is_spaced(paragraph), space = false, sticks = false;
    size_t start = out->size;
    for (size_t i = 0; i < paragraph->size; i++) {
        const char *p = paragraph->data + i;
        switch (*p) {
        case ' ': space = !sticks; break;
        case MARK_WORD: space = (space || !spaced) && !sticks; break;
        case MARK_POINT: space = (space || !spaced) && !sticks && !closes(p + 1); break;
        case MARK_STICK: sticks = true; break;
        default:
            if (space && out->size > start)
                str_append_char(out, ' ');
            space = sticks = false;
            i = put_run(out, paragraph, i) - 1;
        }
    }
}

/* The end of a paragraph: a line. */
static void end_paragraph(struct tei *t) {
    size_t start = t->out->size;
    put_words(t->out, &t->paragraph);
    if (t->out->size > start)
        str_append_char(t->out, '\n');
    str_clear(&t->paragraph);
    t->after_token = false;
}

/* The innermost of what is said before the text begins. */
static void set_language(struct tei *t, const char **attributes) {
    const char *language = xml_attribute(attributes, "xml:lang");
    if (language == NULL)
        return;
    str_clear(t->language);
    str_append(t->language, language, strlen(language));
}

static void begin_record(struct tei *t, const char **attributes) {
    struct xml *xml = t->elements.xml;
    t->markup_bytes += elements_take(&t->elements, xml_start_offset(xml));
    t->elements.inside = true;
    t->record_depth = xml_depth(xml);
    t->quiet_depth = 0;
    t->in_text = t->after_token = false;
    str_clear(&t->paragraph);
    set_language(t, attributes);
}

static bool is_token(const char *name) {
    return strcmp(name, "w") == 0 || strcmp(name, "pc") == 0 || strcmp(name, "c") == 0;
}

/* Whether the end of a line ends a word too, as it does unless it says not to. */
static bool breaks_word(const char **attributes) {
    const char *value = xml_attribute(attributes, "break");
    return value == NULL || strcmp(value, "no") != 0;
}

static void begin_point(struct tei *t) {
    str_append_char(&t->paragraph, MARK_POINT);
    t->point = t->paragraph.size;
}

static void end_point(struct tei *t) {
    if (t->point < t->paragraph.size && opens(t->paragraph.data + t->point))
        str_append_char(&t->paragraph, MARK_STICK);
}

/* An element in a text. */
static void begin_inline(struct tei *t, const char *name, const char **attributes) {
    struct str *paragraph = &t->paragraph;
    if (is_listed(blocks, name))
        end_paragraph(t);
    else if (strcmp(name, "pc") == 0)
        begin_point(t);
    else if (is_token(name) && t->after_token)
        str_append_char(paragraph, MARK_WORD);
    else if ((strcmp(name, "lb") == 0 && breaks_word(attributes)) ||
             strcmp(name, "space") == 0 || strcmp(name, "cell") == 0)
        put_space(paragraph);
}

static void on_start(void *user, const char *name, const char **attributes) {
    struct tei *t = user;
    int depth = xml_depth(t->elements.xml);
    if (!t->elements.inside) {
        if (is_listed(records, name))
            begin_record(t, attributes);
    } else if (t->quiet_depth > 0) {
        return;
    } else if (is_listed(quiet, name)) {
        t->quiet_depth = depth;
    } else if (!t->in_text) {
        t->in_text = is_listed(texts, name);
        t->text_depth = depth;
        set_language(t, attributes);
    } else {
        begin_inline(t, name, attributes);
    }
}

static void on_end(void *user, const char *name) {
    struct tei *t = user;
    struct xml *xml = t->elements.xml;
    int depth = xml_depth(xml);
    if (!t->elements.inside)
        return;
    if (t->quiet_depth > 0) {
        t->quiet_depth = depth == t->quiet_depth ? 0 : t->quiet_depth;
        return;
    }
    if (t->in_text && strcmp(name, "pc") == 0)
        end_point(t);
    if (t->in_text && (depth == t->text_depth || is_listed(blocks, name)))
        end_paragraph(t);
    if (depth == t->text_depth)
        t->in_text = false;
    t->after_token = t->in_text && is_token(name);
    if (depth > t->record_depth)
        return;
    t->elements.inside = false;
    t->record_bytes = elements_take(&t->elements, xml_end_offset(xml));
    xml_hold(xml);
}

/* Any white space is a space, several are one. */
static void on_text(void *user, struct slice text) {
    struct tei *t = user;
    struct str *paragraph = &t->paragraph;
    if (!t->in_text || t->quiet_depth > 0 || !t->elements.inside)
        return;
    for (size_t i = 0; i < text.size;) {
        size_t n = 0;
        while (i + n < text.size && !is_space(text.data[i + n]))
            n++;
        str_append(paragraph, text.data + i, n);
        t->after_token = t->after_token && n == 0;
        i += n;
        if (i < text.size) {
            put_space(paragraph);
            t->after_token = false;
            i++;
        }
    }
    if (t->out->size + paragraph->size > READER_DOCUMENT_MAX)
        xml_refuse(t->elements.xml, "a document of over 64 MiB");
}

static const struct xml_handler handler = {on_start, on_end, on_text};

static void tei_close(struct reader *r) {
    struct tei *t = r->machine;
    if (t == NULL)
        return;
    elements_fini(&t->elements);
    str_fini(&t->paragraph);
    mem_free(t);
    r->machine = NULL;
}

static struct tei *machine_of(struct reader *r) {
    if (r->machine == NULL) {
        struct tei *t = mem_alloc(1, sizeof *t);
        elements_init(&t->elements, &form, &handler, t);
        r->machine = t;
    }
    return r->machine;
}

static int tei_next(struct reader *r, struct err *err) {
    struct tei *t = machine_of(r);
    if (r->state == 0)
        elements_begin(&t->elements, r->in);
    r->state = 1;
    t->out = &r->text;
    t->language = &r->language;
    int status = elements_next(&t->elements, err);
    r->in->tally->markup_bytes += t->markup_bytes;
    t->markup_bytes = 0;
    if (status <= 0)
        return status;
    if (status == ELEMENTS_CUT) {
        end_paragraph(t);
        t->record_bytes = elements_take(&t->elements, r->in->offset);
    }
    r->stored = r->text.size < t->record_bytes ? r->text.size : t->record_bytes;
    r->in->tally->markup_bytes += t->record_bytes - r->stored;
    return 1;
}

static int tei_bid(struct slice head, const char *name) {
    return elements_bid(head, name, &form);
}

const struct reader_format reader_tei = {
    .name = "tei", .bid = tei_bid, .next = tei_next, .close = tei_close};
