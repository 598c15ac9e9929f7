/* SPDX-License-Identifier: Apache-2.0 */
/* What the model is trained to do.  An objective is a file here, with its tensors,
 * its memory, which rows of the encoder's output it looks at, what it counts, and
 * its way up and down; and a row of core/objectives.def.  What it keeps is a struct
 * of its own file, which all others know as a pointer. */
#ifndef MPIBERT_MODEL_OBJECTIVE_H
#define MPIBERT_MODEL_OBJECTIVE_H

#include "src/model/rows.h"
#include "src/model/state.h"

struct objective {
    /* Its tensors.  Those of odd length are `last`, after the heads of all
     * objectives, as they would spoil the alignment of whatever came after them. */
    const struct row *rows, *last;
    bool pooled;   /* it reads the pooler, whose tensors come before all heads */
    bool predicts; /* it reads the predictor, whose tensors come after the pooler's */
    bool decodes;  /* it says which token was masked, with the memory of decode.h */
    uint32_t targets; /* a set of what it needs to hear from a teacher (core/targets.h):
                         it is run only where there is one */
    size_t bytes;     /* of its struct, in which rows leave places */
    /* Takes its memory; NULL: has none. */
    void (*place)(void *own, const struct model_options *options, struct carve *carve);
    /* How many losses a batch has of it. */
    int64_t (*count)(const struct batch *batch);
    /* Before anything is run: marks the rows (T) of the encoder's output that it looks
     * at; the first of each sequence, which the pooler takes, are marked for all.
     * NULL: no others. */
    void (*mark)(const struct pass *pass, void *own, bool *marked);
    /* Team.  Adds to its sum of losses; and, unless the scale is 0, scale times their
     * gradient to model->dout and to the gradients of its tensors.  x (R,H). */
    void (*run)(const struct pass *pass, void *own, const float *x, float scale,
                struct sum *sum);
    /* Useful operations of so many losses, forward and backward, matrix products
     * only. */
    double (*flops)(const struct shape *shape, int64_t count);
};

#define OBJECTIVE(ID, name, ...) extern const struct objective name##_objective;
#include "src/core/objectives.def"
#undef OBJECTIVE

extern const struct objective *const objectives[OBJECTIVES];

/* The heads of a set of objectives: their tensors, after those of the encoder; then
 * their places, from element `at` on, where they end; and their memory. */
void objective_add_rows(uint32_t set, const char *prefix, const struct shape *shape,
                        struct params_table *table);
size_t objective_find_rows(struct model *model, const struct params_table *table,
                           size_t at);
void objective_place(struct model *model, struct carve *carve);
/* A mark: the masked rows. */
void objective_mark_masked(const struct pass *pass, void *own, bool *marked);
/* What the objective of the model's that has these rows keeps; NULL: none has. */
void *objective_part(const struct model *model, const struct row *rows);

#endif
