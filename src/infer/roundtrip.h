/* SPDX-License-Identifier: Apache-2.0 */
/* Proof that an exported folder is the model: it is read back and must answer alike. */
#ifndef MPIBERT_INFER_ROUNDTRIP_H
#define MPIBERT_INFER_ROUNDTRIP_H

#include "io/convert/convert.h"
#include "src/infer/bundle.h"

/* Reads `dir` and sends random sequences through both models.  *worst is the largest
 * difference of what the layout holds: logits of masked tokens, NSP's, hidden states.
 * -1: 70 if it is above 1e-4, or what reading says. */
int roundtrip_check(const struct bundle *model, const char *dir,
                    enum export_layout layout, double *worst, struct err *err);

#endif
