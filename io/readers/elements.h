/* SPDX-License-Identifier: Apache-2.0 */
/* Records in XML, out of a reader's input: fed to the parser, every byte accounted for,
 * and after damage begun again at the next record.  What a record means is the
 * reader's business, in the handlers it gives. */
#ifndef MPIBERT_IO_READERS_ELEMENTS_H
#define MPIBERT_IO_READERS_ELEMENTS_H

#include "io/readers/input.h"
#include "io/syntax/xml.h"

/* Lists of names end with NULL. */
struct elements_form {
    const char *const *roots;   /* elements that a document consists of */
    const char *const *records; /* elements at which one may begin in the middle */
    const char *root;           /* what these then are taken to lie in */
};

struct elements {
    const struct elements_form *form; /* borrowed */
    struct xml *xml;
    struct input *in; /* borrowed */
    bool inside;      /* the reader's to say: in a record, lost if it breaks now */
    bool running, held, added_root;
    bool told;       /* the damage in front of what comes next has been reported */
    uint64_t from;   /* bytes of the input before it are accounted for */
    uint64_t oldest; /* begin no more before this one: it did not work */
    char encoding[32];
};

enum elements_status { ELEMENTS_END, ELEMENTS_HELD, ELEMENTS_CUT };

void elements_init(struct elements *e, const struct elements_form *form,
                   const struct xml_handler *handler, void *user);
void elements_fini(struct elements *e);
/* Begins on what `in` holds, from where it is: true at a member's beginning, false
 * where it goes on after a cut. */
bool elements_begin(struct elements *e, struct input *in);
/* Goes on until a handler holds (ELEMENTS_HELD), the record that the reader is inside
 * of is cut by damage (ELEMENTS_CUT), or the input ends.  -1 as input_line. */
int elements_next(struct elements *e, struct err *err);
/* Accounts for the bytes up to `to`: returns how many, for the caller to count. */
uint64_t elements_take(struct elements *e, uint64_t to);

/* The first element's name in a member's first bytes, after declarations, comments and
 * blanks, without its prefix, stored in *name; "" if there is none.  Returns the
 * encoding that the bytes show, "" for one that is a superset of ASCII. */
const char *elements_look(struct slice head, char name[32]);
/* What a reader bids that knows these roots and records; a name with .xml in it helps
 * where the beginning was lost. */
int elements_bid(struct slice head, const char *name, const struct elements_form *form);

#endif
