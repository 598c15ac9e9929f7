/* SPDX-License-Identifier: Apache-2.0 */
/* XML as events, fed piece by piece; the only door to expat.  Nothing outside of the
 * bytes given is ever read, declared entities are characters' names at most, and
 * nesting is bounded: no input costs more than its size. */
#ifndef MPIBERT_IO_SYNTAX_XML_H
#define MPIBERT_IO_SYNTAX_XML_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/str.h"

struct xml; /* opaque */

/* What a document is made of, in UTF-8 whatever it is stored in; names without their
 * prefix; all borrowed for the call.  Attributes: name, value, name, value, NULL. */
struct xml_handler {
    void (*start)(void *user, const char *name, const char **attributes);
    void (*end)(void *user, const char *name);
    void (*text)(void *user, struct slice text);
};

/* The value of an attribute, by its name with its prefix; NULL if it is not there. */
const char *xml_attribute(const char **attributes, const char *name);

enum xml_status {
    XML_MORE,   /* feed it the next bytes */
    XML_HELD,   /* a handler called xml_hold: go on with xml_resume */
    XML_BROKEN, /* not well-formed, or refused */
};

enum { XML_DEPTH_MAX = 256, XML_TOKEN_MAX = 1 << 20, XML_PIECE_MAX = 64 << 10 };

/* *handler and user are borrowed. */
struct xml *xml_create(const struct xml_handler *handler, void *user);
/* Accepts NULL. */
void xml_destroy(struct xml *xml);

/* Begins a document whose first byte lies at `offset` of wherever it comes from.
 * encoding: "" as the document says, or UTF-8, UTF-16LE, …  root: NULL, or the name of
 * an element that the bytes are taken to lie in. */
void xml_begin(struct xml *xml, const char *encoding, const char *root,
               uint64_t offset);
/* Takes up to XML_PIECE_MAX bytes; none: the document ends here. */
enum xml_status xml_feed(struct xml *xml, struct slice bytes);
enum xml_status xml_resume(struct xml *xml);

/* For handlers: hold after this event; or refuse what is there, for a reason that
 * outlives the document. */
void xml_hold(struct xml *xml);
void xml_refuse(struct xml *xml, const char *why);
/* Where this event, the fault, or what is not complete yet begins; where this event
 * ends. */
uint64_t xml_start_offset(const struct xml *xml);
uint64_t xml_end_offset(const struct xml *xml);
/* How many elements are open. */
int xml_depth(const struct xml *xml);
/* Whether its root element has been closed. */
bool xml_is_closed(const struct xml *xml);
/* As it was given or declared, "" if neither; borrowed. */
const char *xml_encoding(const struct xml *xml);

/* When broken: why; whether only the end came too soon; and the bytes that were fed
 * from the fault on, borrowed until the next document begins. */
const char *xml_fault(const struct xml *xml);
bool xml_is_unfinished(const struct xml *xml);
struct slice xml_unparsed(const struct xml *xml);

#endif
