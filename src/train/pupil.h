/* SPDX-License-Identifier: Apache-2.0 */
/* What a teacher says of a batch, as a rank that trains hears it from tutors (tutor.h).
 *
 * Tutors share out the lanes among themselves as trainers do, and each sends a trainer
 * one message a step about the lanes that both have.  They come in order of steps, and
 * ahead of them. */
#ifndef MPIBERT_TRAIN_PUPIL_H
#define MPIBERT_TRAIN_PUPIL_H

#include "src/core/lesson.h"
#include "src/train/crew.h"
#include "src/train/dataset.h"
#include "src/train/teacher.h"

struct pupil; /* opaque: messages that came ahead */

/* Local.  Borrows the crew. */
struct pupil *pupil_create(struct crew *crew, const struct config *config);
/* Local, once.  Rank 0 tells tutors to begin: where all lanes stand (NULL: at their
 * beginning), and which data and teacher it is to be. */
void pupil_begin(struct pupil *pupil, const struct dataset *data,
                 const struct teacher *teacher, const uint8_t *cursors);
/* Local.  Waits for what there is to hear of a batch before it was masked; appends it
 * to a lesson, and counts that.  A fault of a tutor is this rank's; 70: what it says is
 * of another batch. */
int pupil_fetch(struct pupil *pupil, const struct batch *text, struct lesson *lesson,
                struct err *err);
/* Bytes that wait here at most, about, if a batch's lesson has so many. */
size_t pupil_measure(size_t lesson_bytes);
/* Local, for rank 0: the line "tutors". */
void pupil_print(const struct pupil *pupil);
/* Accepts NULL. */
void pupil_destroy(struct pupil *pupil);

/* ---- what goes by mail: for tutor.c ---- */

/* From rank 0 to tutors: this, and then the cursors of all lanes, if they are not at
 * their beginning; or nothing at all, which says that it is over (crew_dismiss). */
struct pupil_order {
    char data_hash[HASH_HEX_SIZE], teacher_hash[HASH_HEX_SIZE];
};
/* From a tutor: this, and then a lesson (lesson_pack), or the words of a fault. */
struct pupil_letter {
    int32_t fault; /* enum err_code; 0: none */
};

#endif
