/* SPDX-License-Identifier: Apache-2.0 */
/* Where the encoder's tensors begin in a block (layout.h finds them).  The files of the
 * parts have the rows that say what each is called (rows.h). */
#ifndef MPIBERT_MODEL_PLACES_H
#define MPIBERT_MODEL_PLACES_H

#include <stddef.h>

#include "src/model/rows.h"

struct embedding_places {
    size_t word, position, segment; /* (V,E) (P,E) (S,E) */
    struct norm_places norm;
};

struct layer_places {
    struct linear_places qkv;              /* (3H,H) */
    struct linear_places attention_output; /* (H,H) */
    struct norm_places attention_norm;
    struct linear_places intermediate; /* (F,H) */
    struct linear_places output;       /* (H,F) */
    struct norm_places output_norm;
};

struct places {
    struct embedding_places embedding;
    struct linear_places projection; /* (H,E), where E is not H */
    struct layer_places *layers;     /* (L) owned */
    struct norm_places final_norm;   /* of NORM_PRE; the first of the heads */
    /* Where the parts lie, the heads of objectives, and the model's end.  Its
     * embeddings may be another model's. */
    struct span embeddings, projected;
    size_t first_layer, first_head, first_objective, end;
    size_t layer_size; /* elements of one layer */
};

#endif
