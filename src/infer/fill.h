/* SPDX-License-Identifier: Apache-2.0 */
/* What a model would put for the [MASK]s of a text. */
#ifndef MPIBERT_INFER_FILL_H
#define MPIBERT_INFER_FILL_H

#include "src/infer/bundle.h"

struct candidate {
    int32_t id;
    double probability;
};

struct filling {
    int masks, top;
    struct candidate *candidates; /* (masks, top), best first; owned */
};

/* [CLS] text [SEP] through the model; "[MASK]" in the text is the token.  65: no
 * [MASK], longer than the model's positions, or no masked language model. */
int fill_text(const struct bundle *bundle, const char *text, int top,
              struct filling *filling, struct err *err);
void filling_fini(struct filling *filling);

#endif
