/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this room share: the model's memory, and one pass of a chunk
 * through it.
 *
 * All activations lie in one block.  One walk over the model (model_place in bert.c) is
 * run twice: first to measure, then to place.  Letters are those of core/shape.h; T, B
 * and M are a chunk's own, at most max_tokens, max_sequences and max_tokens; N is its
 * attention spans (core/batch.h), at most max_tokens.  W is max(F, 4H). */
#ifndef MPIBERT_MODEL_STATE_H
#define MPIBERT_MODEL_STATE_H

#include <stddef.h>
#include <stdint.h>

#include "src/kernels/dropout.h"
#include "src/model/bert.h"
#include "src/model/layout.h"

/* Hands out pieces of a block, each aligned to 64 bytes; NULLs when base is NULL. */
struct walk {
    char *base;
    size_t used_bytes;
};

void *walk_take(struct walk *walk, int64_t count, size_t size);
float *walk_floats(struct walk *walk, int64_t rows, int64_t n);

/* A normalisation with a dropout beside it. */
struct norm_state {
    float *xhat;   /* (T,H) the normalised input */
    float *rstd;   /* (T) */
    uint8_t *keep; /* (T,H/8) */
};

struct layer_state {
    float *qkv;   /* (T,3H) biased */
    float *probs; /* (s,ld) a span and head, before dropout: see attention.c */
    uint8_t *probs_keep; /* (s,s/8) a span and head */
    float *context;      /* (T,H) */
    struct norm_state attention_norm;
    float *middle; /* (T,H) the attention sublayer's output */
    float *pre;    /* (T,F) biased, before gelu */
    float *act;    /* (T,F) */
    struct norm_state output_norm;
    float *out; /* (T,H) */
};

/* Masked rows go through the head in slabs of at most this many, so that logits never
 * take more than slab · V.  All of a chunk of 2048 tokens, of which 15 % are masked,
 * fit in one: every further slab reads and writes the decoder's gradient (V,H) once
 * more. */
enum { MLM_SLAB = 384 };

struct mlm_state {
    float *rows;   /* (slab,H) the encoder's output there; later its gradient */
    float *pre;    /* (slab,H) biased, before gelu */
    float *xhat;   /* (slab,H) */
    float *rstd;   /* (slab) */
    float *out;    /* (slab,H) */
    float *dout;   /* (slab,H) */
    float *logits; /* (slab,V) and their gradient */
};

struct next_state {
    float *rows;    /* (B,H) the encoder's output at [CLS]; later its gradient */
    float *pooled;  /* (B,H) */
    float *dpooled; /* (B,H) */
    float *logits;  /* (B,2) and their gradient */
};

struct model {
    struct model_options options;
    struct places places;
    int64_t threads; /* that scores has room for */

    struct norm_state embedding_norm;
    float *embedded;            /* (T,H) */
    struct layer_state *layers; /* (L) */
    struct mlm_state mlm;
    struct next_state next;

    float *dx;      /* (T,H) gradient of the encoder's stream */
    float *dbranch; /* (T,H) gradient of a sublayer's branch */
    float *dwide;   /* (T,W) gradients of qkv and context, or of act and pre */
    float *scores;  /* (threads, 2, s, ld) one span and head */

    int32_t *starts;  /* (B + 1) a chunk's, counted from its first row */
    int32_t *masked;  /* (M) likewise */
    int32_t *spans;   /* (N + 1) likewise */
    int32_t *owners;  /* (N) the sequence each span is of */
    size_t *score_at; /* (N) a span's first element in probs, of one head */

    void *block;
    size_t bytes;
};

/* One chunk on its way through the model, forward and perhaps back. */
struct pass {
    const struct model *model;
    const struct model_step *step; /* NULL: forward only, as grads */
    const float *weights;
    float *grads;
    int64_t B, T, M, N;
    const int32_t *ids, *segments, *positions; /* (T) */
    const int32_t *starts;                     /* (B + 1) first row of each sequence */
    const int32_t *spans;                      /* (N + 1) first row of each span */
    const int32_t *masked, *labels;            /* (M) (M) */
    const int32_t *next;                       /* (B) */
    const struct origin *origins;              /* (B) */
    uint32_t hidden_threshold, attention_threshold; /* of dropout; 0: none */
    float mlm_scale, next_scale;
    struct model_sums *sums;
};

/* Sites of dropout in layer l are SITE_LAYERS · (l + 1) + one of these; part of what a
 * run is, so never renumbered. */
enum dropout_site {
    SITE_EMBEDDINGS = 0,
    SITE_PROBS = 0,
    SITE_ATTENTION = 1,
    SITE_OUTPUT = 2,
    SITE_LAYERS = 16,
};

/* Elements between the rows of a span's (s,s) scores: rows are aligned. */
int64_t state_score_stride(int64_t s);
uint32_t pass_site(int64_t layer, enum dropout_site place);
/* The key of sequence b at a site. */
struct dropout_key pass_dropout(const struct pass *pass, int64_t b, uint32_t site);
/* Lays sequences first … first+count-1 of the batch before the model: writes its
 * starts, spans, masked and score_at.  Ids, positions or lengths out of range are bugs.
 */
void pass_init(struct pass *pass, struct model *model, const struct params *weights,
               const struct batch *batch, int64_t first, int64_t count,
               struct model_sums *sums);

#endif
