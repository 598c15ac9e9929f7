/* SPDX-License-Identifier: Apache-2.0 */
/* How fast each tensor of a fine-tuning moves, beside the schedule: layer-wise decay,
 * and what is frozen. */
#ifndef MPIBERT_TUNE_RATES_H
#define MPIBERT_TUNE_RATES_H

#include "src/core/config.h"
#include "src/core/params.h"

/* Sets the `rate` of each tensor of a model of so many layers.
 *
 *   finetune.layer_decay d     as google-research/electra model/optimization.py: with n
 *                              layers, d^(n + 2) for the embeddings, d^(n + 1 - l) for
 *                              layer l (from 0), which is d² for the last, and 1 for
 *                              the head; the pooler, which ELECTRA has not, is of it
 *   finetune.freeze_embeddings     0 for them
 *   finetune.freeze_layers k       0 for the first k layers
 *
 * and, with train.decay_all, lets all of them decay. */
void rates_set(struct params_table *table, const struct config *config, int64_t layers);

#endif
