/* SPDX-License-Identifier: Apache-2.0 */
/* What the plain twin (refbert.h) learns of a teacher: its logits, its states and
 * their codes, what its tokens have to do with each other. */
#ifndef MPIBERT_TESTS_REFTAUGHT_H
#define MPIBERT_TESTS_REFTAUGHT_H

#include "tests/refwork.h"

/* Σ scale · losses of all that is learnt, by the encoder's output x (s,H); adds to d
 * (s,H), and to w->dattended. */
double taught_loss(struct work *w, const double *x, double *d);

#endif
