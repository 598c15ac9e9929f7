/* SPDX-License-Identifier: Apache-2.0 */
/* Held-out text as one finite pass: every document once, the same examples whoever
 * reads them.  Document d of the manifest (counted over all shards) belongs to reader d
 * mod size. */
#ifndef MPIBERT_DATA_HELDOUT_H
#define MPIBERT_DATA_HELDOUT_H

#include <stdint.h>

#include "io/manifest.h"
#include "src/base/err.h"
#include "src/core/batch.h"
#include "src/core/config.h"
#include "src/core/tally.h"
#include "src/core/vocab.h"

struct heldout; /* opaque */

/* Borrows all pointers until heldout_destroy.  Masks and pairs are keyed by
 * (evaluation.seed, document), always 15 %, 80-10-10, of the kind
 * evaluation.mask_kind whatever training masks; an NSP example's random half
 * comes from the document before it (by ordinal, so that it does not depend on who
 * reads; from its own if that has no text).  Documents are not packed with each other:
 * full_sentences are doc_sentences here.  A document over data.max_document_bytes is
 * cut and counts as several. */
struct heldout *heldout_create(const struct config *config,
                               const struct manifest *manifest,
                               const struct vocab *vocab, int reader, int readers,
                               struct err *err);
/* Clears and fills the batch with up to its room, documents that fit undivided: 1 there
 * are examples, 0 end, -1.  The origin of an example is its document, as number, and
 * its place in it, as lane.  65, for every reader alike, if there is no document at
 * all. */
int heldout_next(struct heldout *heldout, struct batch *batch, struct err *err);
/* To the beginning for another pass: what was counted and warned of is not again. */
void heldout_rewind(struct heldout *heldout);
/* What was read in the first pass, summed over readers: bytes and documents by reader
 * 0, what became of a document by the reader it belongs to; and the examples of all
 * passes. */
const struct tally *heldout_tally(const struct heldout *heldout);
void heldout_destroy(struct heldout *heldout);

#endif
