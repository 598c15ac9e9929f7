/* SPDX-License-Identifier: Apache-2.0 */
/* What the plain twin (refbert.h) is asked about the text itself: which token was
 * masked, which was replaced, what its pair is. */
#ifndef MPIBERT_TESTS_REFHEADS_H
#define MPIBERT_TESTS_REFHEADS_H

#include "tests/refwork.h"

/* Σ scale · losses of all heads that there are, by the encoder's output x (s,H); adds
 * to d (s,H). */
double heads_loss(struct work *w, double *x, double *d);

/* How rows x (M,E) that were made of masked rows lose; dx (M,E) becomes the gradient,
 * if there is one. */
typedef double heads_lose_fn(struct work *w, const double *x, double *dx);
/* The loss of the masked rows by the transform of mlm's head; adds to d (s,H). */
double heads_predictions(struct work *w, heads_lose_fn *lose, const double *x,
                         double *d);
/* What the word embedding makes of rows x (M,E): (M,V), before the bias. */
double *heads_logits(struct work *w, const double *x);
/* From d, the gradient of those, to dx (M,E) and the gradients of the embedding and of
 * the bias at that offset; nothing where none are wanted. */
void heads_logits_back(struct work *w, size_t bias, const double *d, const double *x,
                       double *dx);

#endif
