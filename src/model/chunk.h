/* SPDX-License-Identifier: Apache-2.0 */
/* A chunk is cut out of a batch and laid before the model: where its sequences and
 * spans begin, and which rows the last layer computes. */
#ifndef MPIBERT_MODEL_CHUNK_H
#define MPIBERT_MODEL_CHUNK_H

#include "src/model/state.h"

/* What chunk_lay writes. */
void chunk_place(struct model *model, struct carve *carve);
/* Local.  Lays sequences first … first+count-1 of the batch before the model: writes
 * its starts, spans, score_at and chosen rows.  The last layer computes all rows, or
 * those that objectives look at and the first of each sequence.  Ids, positions or
 * lengths out of range are bugs. */
void chunk_lay(struct pass *pass, struct model *model, const struct params *weights,
               const struct batch *batch, int64_t first, int64_t count, bool all_rows,
               struct model_sums *sums);

#endif
