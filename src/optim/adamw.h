/* SPDX-License-Identifier: Apache-2.0 */
/* Adam with decoupled weight decay, in two dialects.  Both have the contract of
 * optim_fn. */
#ifndef MPIBERT_OPTIM_ADAMW_H
#define MPIBERT_OPTIM_ADAMW_H

#include "src/optim/optim.h"

/* Loshchilov and Hutter, "Decoupled weight decay regularization" (2019), as
 * torch.optim.AdamW: with bias correction; epsilon beside the corrected root. */
void adamw_update(const struct optim_options *options, const struct optim_step *step,
                  const struct params_table *table, const struct optim_part *run);
/* As google-research/bert optimization.py: without bias correction. */
void bert_adam_update(const struct optim_options *options,
                      const struct optim_step *step, const struct params_table *table,
                      const struct optim_part *run);

#endif
