/* SPDX-License-Identifier: Apache-2.0 */
/* What a teacher said of a batch, out of a cache. */
#ifndef MPIBERT_TRAIN_RECALL_H
#define MPIBERT_TRAIN_RECALL_H

#include "src/core/lesson.h"
#include "src/train/step_options.h"

struct recall; /* opaque: a file of each lane, as they are read */

/* Bytes that it will take, about. */
size_t recall_measure(const struct stepper_options *options);
/* Out of the cache of options->teacher. */
struct recall *recall_create(const struct stepper_options *options);
/* Local.  Appends to a lesson, and counts it, what there is of a batch before it was
 * masked.  65: a file is damaged, or of other text; 66, 74. */
int recall_fetch(struct recall *recall, const struct batch *text, struct lesson *lesson,
                 struct err *err);
/* Accepts NULL. */
void recall_destroy(struct recall *recall);

#endif
