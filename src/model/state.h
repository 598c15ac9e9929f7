/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this room share: the model's memory, and one pass of a chunk
 * through it.
 *
 * All activations lie in one block (base/carve.h).  Each file places what it uses:
 * x_place is called once to measure and once to place.  Letters are those of
 * core/shape.h; T, B and M are a chunk's own, at most max_tokens, max_sequences and
 * max_tokens; N is its attention spans (core/batch.h), at most max_tokens.  R are the
 * rows that a layer computes: all T, or, in the last layer, those that somebody looks
 * at.  G is (2W) and F is (F) between rows as gemm_stride has it; rows of bf16 are
 * matrix_stride_bf16 apart.
 *
 * Threads: whoever computes opens one parallel region for a whole chunk, and every
 * thread of it calls every function of this room that says "Team".  Inside, loops are
 * shared out; a function returns when all threads are done with what it made. */
#ifndef MPIBERT_MODEL_STATE_H
#define MPIBERT_MODEL_STATE_H

#include <stddef.h>
#include <stdint.h>

#include "src/base/carve.h"
#include "src/core/batch.h"
#include "src/kernels/dropout.h"
#include "src/kernels/gemm.h"
#include "src/kernels/layernorm.h"
#include "src/kernels/philox_bits.h"
#include "src/model/model.h"
#include "src/model/places.h"

/* A normalisation with a dropout beside it. */
struct norm_state {
    struct matrix xhat; /* (R,H) the normalised input */
    float *rstd;        /* (R) */
    uint8_t *keep;      /* (R,H/8) */
};

/* Rows between sublayers: as what is added to them sees them, and as products do. */
struct stream {
    float *at;          /* (R,H) */
    struct matrix read; /* (R,H) the same, or rounded */
};

/* From E to H: project.c. */
struct projection {
    float *panels; /* its weight, packed for the way up or down */
    float *sums;   /* (blocks,H) down the columns of the gradient, for the bias */
};

/* Matrices are of the model's kind of numbers, but where more is said. */
struct layer_state {
    struct matrix q;  /* (R,W) biased */
    struct matrix kv; /* (T,G) biased */
    void *probs;      /* (s,ld) a span and head, before dropout; NULL: are not kept */
    uint8_t *probs_keep;   /* (s,s/8) a span and head, likewise: see attention.c */
    struct matrix context; /* (R,W) */
    struct norm_state attention_norm;
    struct matrix normed; /* (T,H) what is projected, and */
    struct matrix fed;    /* (R,H) fed forward: of layer_pre.c alone */
    struct stream middle; /* between the sublayers */
    struct matrix slope;  /* (R,F) of gelu */
    struct matrix act;    /* (R,F) */
    struct norm_state output_norm;
    struct stream out; /* after both */
};

/* The pooler, of pooler.c. */
struct pooler {
    struct linear_places dense; /* (H,H) */
    bool gelu;                  /* as ELECTRA has it, and not tanh */
    bool drops;                 /* dropout comes before it, too */
    int32_t *at;                /* (B) the rows that are pooled, among the chosen */
    float *rows;    /* (B,H) the encoder's output there; later its gradient */
    uint8_t *keep;  /* (B,H/8) if it drops */
    float *slope;   /* (B,H) of gelu */
    float *pooled;  /* (B,H) */
    float *dpooled; /* (B,H) its gradient */
};

/* Dense, gelu and LayerNorm of a head's rows: transform.c. */
struct transform {
    int64_t in, out;            /* widths */
    struct linear_places dense; /* (out,in) */
    struct norm_places norm;    /* (out) */
    float *slope;               /* (rows,out) of gelu */
    float *xhat;                /* (rows,out) */
    float *rstd;                /* (rows) */
    float *y;                   /* (rows,out) the output */
};

/* What any objective may read of masked rows: predictor.c. */
struct predictor {
    struct transform transform; /* from H to E */
    int32_t *at;                /* (slab) masked rows, among the chosen */
    float *rows; /* (slab,H) the encoder's output there; later its gradient */
};

/* What objectives that decode masked rows use one after the other: decode.c. */
struct decode {
    float *d;                 /* (slab,E) gradient of a head's rows */
    void *scratch;            /* the decoder's */
    struct philox_row *noise; /* (slab) of a model that draws, and */
    int32_t *drawn;           /* (M) what is drawn */
};

struct model {
    struct model_options options;
    struct places places;
    size_t total;          /* elements of the table that it is part of */
    int64_t depth;         /* layers that it computes: all but those cut off */
    int64_t threads;       /* that there are desks for */
    enum number kind;      /* of what a layer makes for products and for the way down */
    struct model *answers; /* who does what is no training: itself, or, if it rounds,
                              a forward-only one over the same memory */
    const struct model *last; /* of the two: who drew tokens last */

    struct norm_state embedding_norm; /* (T,E) */
    float *embedding_sums; /* (blocks, 2E) down its columns, block by block */
    float *embedded;       /* (T,E) */
    struct projection projection;
    struct stream input;          /* (T,H) of the first layer */
    struct norm_state final_norm; /* these three of final.c */
    float *final_sums;            /* (blocks, 2H) */
    float *final;                 /* (R,H) its output */
    struct layer_state *layers;   /* (depth) */
    void *parts[OBJECTIVES]; /* what each objective keeps; NULL: is not in the set */
    struct pooler pooler;
    struct predictor predictor;
    struct decode decode;

    float *panels; /* a layer's weights, packed for the way up or down */

    float *dx;                       /* (T,H) gradient of a layer's input */
    float *dembedded;                /* (T,E) */
    float *dout;                     /* (R,H) of the last layer's output */
    struct matrix dattention, ddown; /* (R,H) of what the two sublayers add to the
                                        stream; these and dq, … of the kind */
    struct matrix dcontext, dq;      /* (R,W) */
    float *dnormed;    /* (T,H) of a norm's output: of layer_pre.c alone */
    struct matrix dkv; /* (T,G) */
    float *dattended;  /* (T,3W) what an objective adds to dq and dkv of the
                                  last layer; NULL: none does */
    struct matrix dup; /* (R,F) */
    char *sums;        /* (blocks) struct layer_sums of weights.h, each of sums_bytes */
    size_t sums_bytes;
    char *desks; /* (threads) what attention needs for one span and head, each of */
    size_t desk_bytes;
    float *strips; /* (threads) rooms for what a product makes of a block: level.h */

    int32_t *starts;         /* (B + 1) a chunk's, counted from its first row */
    int32_t *spans;          /* (N + 1) likewise */
    int32_t *owners;         /* (T) the sequence each row is of */
    size_t *score_at;        /* (N) a span's first element in probs, of one head */
    int32_t *chosen;         /* (R) the last layer's rows */
    int32_t *chosen_spans;   /* (N + 1) the first of these in each span */
    int32_t *chosen_at;      /* (T) where each row is among them, if it is */
    bool *marked;            /* (T) whether somebody looks at a row */
    struct stream chosen_in; /* (R,H) what the last layer makes queries of, there */

    void *block;
    size_t bytes;
};

/* One chunk on its way through the model, forward and perhaps back. */
struct pass {
    const struct model *model;
    const struct model_step *step; /* NULL: forward only, as grads */
    const float *weights;
    float *grads;
    const struct batch *batch;
    const struct targets *targets; /* NULL: nobody teaches */
    int64_t first;                 /* of its sequences there */
    int64_t B, T, M, N;
    int32_t row;     /* the first one's number in the batch */
    int64_t R;       /* rows of the last layer */
    bool all_chosen; /* these are all T, and `chosen` says so row by row */
    const int32_t *ids, *segments, *positions; /* (T) */
    const int32_t *starts;                     /* (B + 1) first row of each sequence */
    const int32_t *spans;                      /* (N + 1) first row of each span */
    const int32_t *chosen_at;                  /* (T) of the model */
    const int32_t *masked, *labels;            /* (M) rows of the batch; (M) */
    const float *scores;                       /* (M) */
    const float *counts;                       /* (M) or NULL */
    const int32_t *next;                       /* (B) */
    const struct origin *origins;              /* (B) */
    uint32_t hidden_threshold, attention_threshold; /* of dropout; 0: none */
    float scale[OBJECTIVES]; /* what a loss counts in the gradients; 0: nothing */
    struct model_sums *sums;
};

/* Sites of dropout in layer l are SITE_LAYERS · (l + 1) + one of these; part of what a
 * run is, so never renumbered. */
enum dropout_site {
    SITE_EMBEDDINGS = 0, /* these three of layer -1 */
    SITE_HEAD = 3,
    SITE_POOLER = 4,
    SITE_PROBS = 0,
    SITE_ATTENTION = 1,
    SITE_OUTPUT = 2,
    SITE_LAYERS = 16,
};

/* (rows,n); of floats without gaps, of bf16 as products like it. */
struct matrix state_place(enum number kind, struct carve *carve, int64_t rows,
                          int64_t n);
/* Of `rows` rows of n, xhat of a kind. */
void state_place_norm(struct norm_state *norm, enum number kind, struct carve *carve,
                      int64_t rows, int64_t n);
/* (rows,n) at floats that are there; what products read is of a kind. */
struct stream state_place_stream(enum number kind, struct carve *carve, float *at,
                                 int64_t rows, int64_t n);
/* Once rows first … of n of it are there: makes what products read. */
void state_round(const struct stream *stream, int64_t first, int64_t count, int64_t n);
/* Elements between the rows of a span's (s,s) scores: rows are aligned. */
int64_t state_score_stride(enum number kind, int64_t s);
/* A LayerNorm with its weights. */
struct layernorm pass_norm(const struct pass *pass, const struct norm_places *at);
uint32_t pass_site(int64_t layer, enum dropout_site place);
/* The key of sequence b at a site. */
struct dropout_key pass_dropout(const struct pass *pass, int64_t b, uint32_t site);
/* Draws hidden dropout of `count` rows of n at a site into keep (count,n/8): rows first
 * … of the chunk, or, if not NULL, of the list. */
void pass_draw(const struct pass *pass, uint32_t site, const int32_t *list,
               int64_t first, int64_t count, int64_t n, uint8_t *keep);

/* Rows are shared out by blocks of gemm_block_rows, whose size is part of how columns
 * are summed. */
struct block {
    int64_t first, count;
};

static inline int64_t block_count(int64_t rows) {
    return (rows + gemm_block_rows() - 1) / gemm_block_rows();
}

static inline struct block block_of(int64_t rows, int64_t i) {
    int64_t most = gemm_block_rows(), first = i * most, left = rows - first;
    return (struct block){first, left < most ? left : most};
}

/* Lets the caller's work go on, often: from the main thread only. */
void pass_poll(const struct pass *pass);

#endif
