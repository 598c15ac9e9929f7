/* SPDX-License-Identifier: Apache-2.0 */
/* A chunk is cut out of a batch and laid before the model: where its sequences and
 * spans begin, and which rows the last layer computes. */
#ifndef MPIBERT_MODEL_CHUNK_H
#define MPIBERT_MODEL_CHUNK_H

#include "src/model/state.h"

/* What chunk_lay writes. */
void chunk_place(struct model *model, struct carve *carve);
/* The rows that the last layer computes, with the first of each sequence: those that
 * objectives look at, those that are masked, all. */
enum chunk_rows { CHUNK_LOOKED_AT, CHUNK_MASKED, CHUNK_ALL };
/* Local.  Lays sequences first … first+count-1 of the batch before the model: writes
 * its starts, spans, score_at and chosen rows.  Ids, positions or lengths out of range
 * are bugs. */
void chunk_lay(struct pass *pass, struct model *model, const struct params *weights,
               const struct batch *batch, int64_t first, int64_t count,
               enum chunk_rows rows, struct model_sums *sums);

#endif
