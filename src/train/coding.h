/* SPDX-License-Identifier: Apache-2.0 */
/* A teacher's states as shares of the atoms of its dictionary: what the objective
 * latent learns. */
#ifndef MPIBERT_TRAIN_CODING_H
#define MPIBERT_TRAIN_CODING_H

#include "src/core/targets.h"
#include "src/train/teacher.h"

struct coding; /* opaque: a coder, and room for what it makes */

/* Bytes that coding_create takes, about. */
size_t coding_measure(const struct teacher *teacher, const struct config *config);
/* By the teacher's dictionary, in the way of teacher.codes. */
struct coding *coding_create(const struct teacher *teacher,
                             const struct config *config);
/* Of states (rows,width), each made as long as 1: a row of shares that sum to 1, or
 * none where nothing of the state is worth its penalty; until it is called again. */
struct sparse_rows coding_run(struct coding *coding, int64_t rows, const float *states);
/* Accepts NULL. */
void coding_destroy(struct coding *coding);

#endif
