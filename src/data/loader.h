/* SPDX-License-Identifier: Apache-2.0 */
/* The examples of some lanes, step by step.  Knows lanes, not ranks. */
#ifndef MPIBERT_DATA_LOADER_H
#define MPIBERT_DATA_LOADER_H

#include <stdint.h>

#include "io/manifest.h"
#include "src/base/err.h"
#include "src/base/hash.h"
#include "src/core/batch.h"
#include "src/core/config.h"
#include "src/core/tally.h"
#include "src/core/vocab.h"
#include "src/data/reading.h"

struct loader; /* opaque */

/* Opens lanes first … first+count-1 of config->train_lanes at their beginning.  All
 * pointers are borrowed until loader_destroy.  NULL and 65, 66, 74, 78 as what the
 * configuration names is. */
struct loader *loader_create(const struct config *config,
                             const struct manifest *manifest, const struct vocab *vocab,
                             int64_t first, int64_t count, struct err *err);
/* Clears the batch and adds lane_batch examples of each lane, by the phase it is in,
 * lane by lane; meanwhile, and until the next call, a thread reads on.  65: a source
 * has no text; 74, or with data.on_error: stop 65, as reading a shard had it, at the
 * step that needs what could not be read. */
int loader_next(struct loader *loader, struct batch *batch, struct err *err);
/* Seconds that loader_next has waited for what was not read yet, and seconds of a
 * processor that reading used, the thread's and callers'. */
double loader_waited(const struct loader *loader);
double loader_used(const struct loader *loader);
/* For measurements: reads all that the thread was to read ahead. */
void loader_settle(struct loader *loader);
/* The share of tokens that a source is to have. */
double loader_share(const struct loader *loader, int source);
/* (sources) Tokens of each source, without special ones, in the batch made last. */
const uint64_t *loader_source_tokens(const struct loader *loader);
/* The batch_hash share of these lanes: Σ over lanes of a hash of (lane, its examples),
 * which adds up over ranks (mod 2^64) to that of the global batch. */
uint64_t loader_batch_hash(const struct loader *loader, const struct batch *batch);
/* Cursors of these lanes (consumed, never read ahead): count × loader_cursor_bytes. */
size_t loader_cursor_bytes(const struct loader *loader);
void loader_save(const struct loader *loader, uint8_t *cursors);
/* 65: not cursors of these lanes, or the shards are others than those that were
 * read. */
int loader_restore(struct loader *loader, const uint8_t *cursors, struct err *err);
/* Of these lanes since loader_create.  Summed over all lanes it is the corpus once:
 * later epochs and what a restored lane reads again are not counted, but examples and
 * truncated tokens are, as they are handed out.  So the tally at a checkpoint and that
 * of the resumed run add up. */
const struct tally *loader_tally(const struct loader *loader);
/* What was read for the examples handed out since loader_create; its tally is that. */
const struct reading_sum *loader_reading(const struct loader *loader);
/* Epochs finished: the least and the most of these lanes. */
void loader_epochs(const struct loader *loader, int64_t *least, int64_t *most);
/* Memory that a full block takes, about; of every lane there are two. */
size_t loader_block_bytes(const struct config *config);
void loader_destroy(struct loader *loader);

/* What a lane is a function of: manifest (base names, sizes, formats, weights),
 * vocabulary, tokenizer flags and tables, sentence rules, data options, seed, lanes,
 * sequence length and masks of each phase and where it ends.  -1 (65, 66, 74) if a file
 * it names cannot be read. */
int loader_data_hash(const struct config *config, const struct manifest *manifest,
                     const struct vocab *vocab, char hex[HASH_HEX_SIZE],
                     struct err *err);

#endif
