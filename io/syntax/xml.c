/* SPDX-License-Identifier: Apache-2.0 */
/* XML through expat: see xml.h.  Three attacks are refused here: entities that expand
 * (a declared value may be a few characters and hold no further reference; external
 * ones are never read), endless nesting, and an endless tag, which expat would look at
 * again with every piece. */
#include "io/syntax/xml.h"

#include <expat.h>
#include <stdio.h>
#include <string.h>

#include "src/base/die.h"
#include "src/base/mem.h"

enum { ENTITY_VALUE_MAX = 32 };

struct xml {
    XML_Parser parser;
    const struct xml_handler *handler; /* borrowed, as is user */
    void *user;
    char encoding[32];
    uint64_t base; /* offset of the parser's first byte; may wrap below 0 */
    uint64_t fed;  /* bytes */
    int depth;
    bool closed;
    const char *refusal; /* NULL: none */
    uint64_t refused;    /* where: expat has gone on after it */
};

static const char *local_name(const char *name) {
    const char *colon = strrchr(name, ':');
    return colon ? colon + 1 : name;
}

const char *xml_attribute(const char **attributes, const char *name) {
    while (*attributes && strcmp(*attributes, name) != 0)
        attributes += 2;
    return *attributes ? attributes[1] : NULL;
}

void xml_refuse(struct xml *x, const char *why) {
    if (x->refusal == NULL)
        x->refused = xml_start_offset(x);
    x->refusal = x->refusal ? x->refusal : why;
    XML_StopParser(x->parser, XML_FALSE);
}

void xml_hold(struct xml *x) { XML_StopParser(x->parser, XML_TRUE); }

static void XMLCALL on_start(void *user, const XML_Char *name,
                             const XML_Char **attributes) {
    struct xml *x = user;
    if (x->refusal)
        return; /* expat may end the event it was stopped in */
    if (++x->depth > XML_DEPTH_MAX)
        xml_refuse(x, "elements are nested too deep");
    else
        x->handler->start(x->user, local_name(name), attributes);
}

static void XMLCALL on_end(void *user, const XML_Char *name) {
    struct xml *x = user;
    if (x->refusal)
        return;
    x->handler->end(x->user, local_name(name));
    x->closed = --x->depth == 0;
}

static void XMLCALL on_text(void *user, const XML_Char *text, int size) {
    struct xml *x = user;
    if (!x->refusal)
        x->handler->text(x->user, (struct slice){text, (size_t)size});
}

static void XMLCALL on_declaration(void *user, const XML_Char *version,
                                   const XML_Char *encoding, int standalone) {
    struct xml *x = user;
    (void)version, (void)standalone;
    if (encoding && x->encoding[0] == '\0')
        snprintf(x->encoding, sizeof x->encoding, "%s", encoding);
}

/* An entity may name a character or a word; parameter entities are never expanded. */
static void XMLCALL on_entity(void *user, const XML_Char *name, int is_parameter,
                              const XML_Char *value, int size, const XML_Char *base,
                              const XML_Char *system_id, const XML_Char *public_id,
                              const XML_Char *notation) {
    struct xml *x = user;
    (void)name, (void)base, (void)system_id, (void)public_id, (void)notation;
    if (is_parameter)
        return;
    if (value == NULL)
        xml_refuse(x, "an external entity is declared");
    else if (size > ENTITY_VALUE_MAX || memchr(value, '&', (size_t)size))
        xml_refuse(x, "an entity is declared that is more than a character's name");
}

struct xml *xml_create(const struct xml_handler *handler, void *user) {
    struct xml *x = mem_alloc(1, sizeof *x);
    x->handler = handler;
    x->user = user;
    x->parser = XML_ParserCreate(NULL);
    CHECK(x->parser != NULL);
    return x;
}

void xml_destroy(struct xml *x) {
    if (x == NULL)
        return;
    XML_ParserFree(x->parser);
    mem_free(x);
}

/* Feeds a start tag in the document's encoding, as if the bytes began with it. */
static void feed_root(struct xml *x, const char *root) {
    bool wide = strncmp(x->encoding, "UTF-16", 6) == 0;
    bool big = wide && strcmp(x->encoding, "UTF-16LE") != 0;
    char tag[64], stored[2 * sizeof tag];
    size_t size = (size_t)snprintf(tag, sizeof tag, "<%s>", root), n = 0;
    CHECK(size < sizeof tag);
    for (size_t i = 0; i < size; i++) {
        if (big)
            stored[n++] = '\0';
        stored[n++] = tag[i];
        if (wide && !big)
            stored[n++] = '\0';
    }
    x->base -= n;
    xml_feed(x, (struct slice){stored, n});
}

void xml_begin(struct xml *x, const char *encoding, const char *root, uint64_t offset) {
    char copy[sizeof x->encoding];
    snprintf(copy, sizeof copy, "%s", encoding); /* it may be our own */
    memcpy(x->encoding, copy, sizeof copy);
    CHECK(XML_ParserReset(x->parser, copy[0] ? copy : NULL));
    XML_SetUserData(x->parser, x);
    XML_SetElementHandler(x->parser, on_start, on_end);
    XML_SetCharacterDataHandler(x->parser, on_text);
    XML_SetXmlDeclHandler(x->parser, on_declaration);
    XML_SetEntityDeclHandler(x->parser, on_entity);
    x->base = offset;
    x->fed = 0;
    x->depth = 0;
    x->closed = false;
    x->refusal = NULL;
    if (root)
        feed_root(x, root);
}

static enum xml_status status_of(struct xml *x, enum XML_Status status, bool is_end) {
    if (status == XML_STATUS_ERROR)
        return XML_BROKEN;
    if (status == XML_STATUS_SUSPENDED)
        return XML_HELD;
    if (is_end || x->base + x->fed - xml_start_offset(x) <= XML_TOKEN_MAX)
        return XML_MORE;
    x->refused = xml_start_offset(x);
    x->refusal = "a tag or comment of over 1 MiB";
    return XML_BROKEN;
}

enum xml_status xml_feed(struct xml *x, struct slice bytes) {
    CHECK(bytes.size <= XML_PIECE_MAX);
    x->fed += bytes.size;
    bool is_end = bytes.size == 0;
    return status_of(x, XML_Parse(x->parser, bytes.data, (int)bytes.size, is_end),
                     is_end);
}

enum xml_status xml_resume(struct xml *x) {
    return status_of(x, XML_ResumeParser(x->parser), false);
}

uint64_t xml_start_offset(const struct xml *x) {
    if (x->refusal)
        return x->refused;
    XML_Index index = XML_GetCurrentByteIndex(x->parser);
    return x->base + (index < 0 ? x->fed : (uint64_t)index);
}

uint64_t xml_end_offset(const struct xml *x) {
    return xml_start_offset(x) + (uint64_t)XML_GetCurrentByteCount(x->parser);
}

int xml_depth(const struct xml *x) { return x->depth; }

bool xml_is_closed(const struct xml *x) { return x->closed; }

const char *xml_encoding(const struct xml *x) { return x->encoding; }

const char *xml_fault(const struct xml *x) {
    return x->refusal ? x->refusal : XML_ErrorString(XML_GetErrorCode(x->parser));
}

bool xml_is_unfinished(const struct xml *x) {
    return x->refusal == NULL && XML_GetErrorCode(x->parser) == XML_ERROR_NO_ELEMENTS;
}

struct slice xml_unparsed(const struct xml *x) {
    int offset = 0, size = 0;
    const char *bytes = XML_GetInputContext(x->parser, &offset, &size);
    if (bytes == NULL)
        return (struct slice){0};
    if (x->refusal)
        offset -=
            (int)(x->base + (uint64_t)XML_GetCurrentByteIndex(x->parser) - x->refused);
    return (struct slice){bytes + offset, (size_t)(size - offset)};
}
