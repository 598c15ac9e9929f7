/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the plain twin (refbert.h) share: a sequence on its way, its
 * memory, and layers by the names of their tensors. */
#ifndef MPIBERT_TESTS_REFWORK_H
#define MPIBERT_TESTS_REFWORK_H

#include "src/base/arena.h"
#include "src/kernels/dropout.h"
#include "tests/refbert.h"

/* One sequence. */
struct work {
    const struct refbert *ref;
    const double *weights;
    double *grads; /* NULL: the loss alone */
    const struct batch *batch;
    int64_t b, row, s, H, E, W;
    bool pre;                   /* norms before sublayers */
    int64_t span, spans;        /* its first span in the batch, and how many */
    int64_t masked, M;          /* its first masked row in the batch, and how many */
    uint32_t hidden, attention; /* dropout thresholds */
    double *attended[3];        /* (s,W) queries, keys and values of the last layer */
    double *dattended[3];       /* their gradients; NULL: none are from outside */
    char prefix[64];            /* of names of tensors */
    struct arena arena;
};

/* Rows that attend to each other, in the sequence. */
struct refspan {
    int64_t row, s;
};

double *work_zeros(struct work *w, int64_t n);
double *work_copy(struct work *w, const double *x, int64_t n);
uint8_t *work_bits(struct work *w, int64_t rows, int64_t n);
struct refspan work_span(const struct work *w, int64_t n);
/* The offset of prefix.name.suffix. */
size_t work_find(const struct work *w, const char *name, const char *suffix);
struct dropout_key work_key(const struct work *w, uint32_t site);
/* y (rows,out) = x · wᵀ + bias */
double *work_dense(struct work *w, const char *name, int64_t rows, int64_t in,
                   int64_t out, const double *x);
/* dx += dy · w, and the gradients of w and bias */
void work_dense_back(struct work *w, const char *name, int64_t rows, int64_t in,
                     int64_t out, const double *x, const double *dy, double *dx);
/* x becomes what is gained and shifted to the LayerNorm that is returned. */
double *work_norm(struct work *w, const char *name, int64_t rows, int64_t n, double *x,
                  double *rstd);
/* d: from the gradient of what was returned to that of x as it was. */
void work_norm_back(struct work *w, const char *name, int64_t rows, int64_t n,
                    const double *xhat, const double *rstd, double *d);
/* Columns a·D … of the span's rows of x (s,W), copied out or added back. */
double *work_columns(struct work *w, const struct refspan *span, const double *x,
                     int64_t a, int64_t D);
void work_columns_add(const struct work *w, const struct refspan *span, const double *y,
                      int64_t a, int64_t D, double *x);

#endif
