/* SPDX-License-Identifier: Apache-2.0 */
/* A rank that holds the teacher and does not train (teacher.ranks): it reads the same
 * text as those that do, ahead of them, and sends them what the teacher says of it. */
#ifndef MPIBERT_TRAIN_TUTOR_H
#define MPIBERT_TRAIN_TUTOR_H

#include "src/base/err.h"
#include "src/core/config.h"
#include "src/train/crew.h"

struct tutor; /* opaque */

/* Collective over tutors, before training begins.  Reads data and teacher, and fails as
 * these do.  Borrows crew and config. */
int tutor_open(struct tutor **tutor, struct crew *crew, const struct config *config,
               struct err *err);
/* Local.  From when training says where it begins until it says that it is over, which
 * it may do at any time.  Of a fault those hear whom it concerns. */
void tutor_serve(struct tutor *tutor);
/* Accepts NULL. */
void tutor_close(struct tutor *tutor);

#endif
