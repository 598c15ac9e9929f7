/* SPDX-License-Identifier: Apache-2.0 */
/* What training would read of a document: judged and cleaned by its source's filter,
 * then without ill-formed UTF-8.  The same documents fall for the same reasons as
 * there, but for those over data.max_document_bytes: training judges each piece of
 * them, we the whole. */
#ifndef MPIBERT_CORPUS_CLEAN_H
#define MPIBERT_CORPUS_CLEAN_H

#include <stdbool.h>

#include "io/manifest.h"
#include "src/base/err.h"
#include "src/core/doc.h"
#include "src/core/tally.h"
#include "src/filter/filter.h"

struct clean; /* opaque: a filter a source, and scratch */

/* NULL and filter_create's errors. */
struct clean *clean_create(const struct config *config, const struct manifest *manifest,
                           struct err *err);
/* Judges a document of a shard (a row of the manifest).  True: *text is what is left of
 * it, well-formed and not blank, borrowed until the next call or until the document
 * goes. Either way it is counted. */
bool clean_run(struct clean *clean, int row, const struct doc *doc, struct slice *text,
               struct tally *tally);
/* The rule that dropped the last document; RULE_NONE if it was kept, was no UTF-8 or
 * had no text left. */
enum rule clean_rule(const struct clean *clean);
/* What else the rules took out of it, borrowed until the next. */
const struct filter_cut *clean_cuts(const struct clean *clean, size_t *count);
/* Whether any source has a filter. */
bool clean_filters(const struct clean *clean);
/* Accepts NULL. */
void clean_destroy(struct clean *clean);

#endif
