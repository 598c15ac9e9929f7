/* SPDX-License-Identifier: Apache-2.0 */
/* The letters of the BERT paper (Devlin et al. 2018), fixed for the whole program:
 *   L layers   H hidden   A heads   F ffn   V vocabulary   P positions   S segments
 *   D head size   W width of attention (A · D)   C columns of a task's head
 *   K atoms of a dictionary (the classes of the objective latent)
 *   E width of the embeddings, which a projection makes H where they differ
 *   B sequences   T tokens   M masked rows */
#ifndef MPIBERT_CORE_SHAPE_H
#define MPIBERT_CORE_SHAPE_H

#include <stdint.h>

enum kind_id {
#define KIND(ID, ...) KIND_##ID,
#include "src/core/kinds.def"
#undef KIND
    MODEL_KINDS
};

/* What a kind of model is: core/kinds.def. */
struct model_kind {
    const char *name; /* "bert" */
    enum norm_place { NORM_POST, NORM_PRE } norm;
};

extern const struct model_kind model_kinds[MODEL_KINDS];

enum gelu_kind { GELU_ERF, GELU_TANH };

/* What makes two models interchangeable, number for number. */
struct shape {
    int64_t L, H, E, A, D, F, V, P, S;
    int64_t C; /* 0 without a head for a task */
    int64_t K; /* 0 without the objective latent */
    enum kind_id kind;
    enum gelu_kind gelu;
    double norm_eps; /* of every LayerNorm */
};

struct shape_preset {
    const char *name;
    int64_t L, H, A, F;
};

/* tiny mini small medium base large; ends with a NULL name. */
extern const struct shape_preset shape_presets[];

/* Floating point operations of the encoder over `s` tokens that see each other, forward
 * and backward, matrix products only: 72 L H² s + 12 L H s² for F = 4H and W = H (here
 * 24 L H W s + 12 L F H s + 12 L W s², and 6 E H s where E is not H).  Heads:
 * src/model/bert.h. */
double shape_flops(const struct shape *shape, double s);

#endif
