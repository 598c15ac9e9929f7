/* SPDX-License-Identifier: Apache-2.0 */
/* Which documents of a source to keep, and which of their lines: the rules of
 * src/core/rules.def, with a preset's limits where the configuration sets none.
 * A verdict depends on the document and the configuration alone. */
#ifndef MPIBERT_FILTER_FILTER_H
#define MPIBERT_FILTER_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "src/base/err.h"
#include "src/base/str.h"
#include "src/core/config.h"
#include "src/core/doc.h"
#include "src/core/tally.h"

struct filter; /* opaque: the limits of one source and scratch */

/* What a rule took out: bytes of doc->text, borrowed like it. */
struct filter_cut {
    enum rule rule;
    struct slice text;
};

/* `preset` is a source's data.sources[i].filter; NULL: data.filter.  66, 74: a list
 * cannot be read; 65: a line of it makes no sense; 78: unknown preset, alphabet.  The
 * configuration is not used afterwards.  Not for two threads at once. */
struct filter *filter_create(const struct config *config, const char *preset,
                             struct err *err);
/* Judges a document and cleans it.  RULE_NONE: it is kept, and *kept is what is left of
 * its text, borrowed until the next call or until the document goes (it may be all of
 * doc->text; empty if every line was dropped).  Else the rule that dropped it.  Either
 * way it is counted in *tally: filter_bytes, the rules' counters, filter_kept_bytes. */
enum rule filter_run(struct filter *filter, const struct doc *doc, struct slice *kept,
                     struct tally *tally);
/* The lines and places that the last filter_run took out, in order, until the next. */
const struct filter_cut *filter_cuts(const struct filter *filter, size_t *count);
/* Nothing is ever dropped or changed: filter_run has nothing to do. */
bool filter_is_inert(const struct filter *filter);
/* Writes all that a verdict depends on, line by line, the lists as hashes of their
 * content: for the data hash.  Nothing for an inert filter. */
void filter_describe(const struct filter *filter, struct str *out);
/* Accepts NULL. */
void filter_destroy(struct filter *filter);

#endif
