/* SPDX-License-Identifier: Apache-2.0 */
/* The teacher of a run: a frozen model that reads the text that the student sees
 * masked.  What it says is core/targets.h; here is who it is. */
#ifndef MPIBERT_TRAIN_TEACHER_H
#define MPIBERT_TRAIN_TEACHER_H

#include "mpi/comm.h"
#include "src/base/err.h"
#include "src/base/hash.h"
#include "src/core/config.h"
#include "src/core/dictionary.h"
#include "src/core/lesson.h"
#include "src/core/vocab.h"
#include "src/infer/bundle.h"

struct cache;
struct pupil;

struct teacher {
    struct bundle bundle;
    int64_t layer;                /* after which it is cut, from 1 */
    int64_t relation_heads;       /* into which relations are cut */
    uint32_t kinds;               /* what it is asked for: a set of enum target_kind */
    struct dictionary dictionary; /* of its states; empty: none is asked for */
    char hash[HASH_HEX_SIZE];     /* of all its weights that count, and of that */
    /* What it said before (cache.h), or says on other ranks (pupil.h), borrowed; both
     * NULL: it is asked. */
    const struct cache *cache;
    struct pupil *pupil;
};

/* Whether what is trained learns from one. */
bool teacher_wanted(const struct config *config);
/* Local.  teacher.from, for whom has this vocabulary, to be asked for `kinds` (a set of
 * enum target_kind).  66 not there, 65 damaged or not ours; 78: it has another
 * vocabulary, makes other text of the same, has no such layer or too few positions; and
 * then *teacher is finished. */
int teacher_open(struct teacher *teacher, const struct config *config,
                 const struct vocab *vocab, uint32_t kinds, struct err *err);
/* 78: it cannot say what an objective of a student's run needs, as by its width. */
int teacher_check_needs(const struct teacher *teacher, const struct config *config,
                        struct err *err);
/* Local.  Takes teacher.dictionary, if what is trained is about its atoms.  66, 65, 74
 * as the file is; 78: it is of another teacher, layer, width or number of atoms, or is
 * still being learnt. */
int teacher_take_dictionary(struct teacher *teacher, const struct config *config,
                            struct err *err);
/* The hash of all that its states depend on, whatever is learnt of them. */
void teacher_hash_states(const struct teacher *teacher, char hex[HASH_HEX_SIZE]);
/* Collective.  All of that, as what a run trains asks for it; the same on all ranks. */
int teacher_join(struct teacher *teacher, struct comm *comm,
                 const struct config *config, const struct vocab *vocab,
                 struct err *err);
/* Local.  The first weights of a student, as teacher.init_layers has them; the names of
 * those that the teacher has none for are appended to *fresh, a line each.  78: another
 * size, or not a layer of the teacher for each of the student's. */
int teacher_begin(const struct teacher *teacher, const struct config *config,
                  struct params *weights, struct str *fresh, struct err *err);
/* What there is to keep of what it says. */
struct lesson_shape teacher_shape(const struct teacher *teacher);
/* About what that is of so many examples of a run. */
struct lesson_counts teacher_expect(const struct teacher *teacher,
                                    const struct config *config, double examples);
/* Whether it was opened. */
bool teacher_is_there(const struct teacher *teacher);
/* Whether each rank asks it by itself; of NULL not. */
bool teacher_is_asked(const struct teacher *teacher);
/* Bytes of its weights. */
size_t teacher_bytes(const struct teacher *teacher);
/* Lets go of its weights: nobody asks it. */
void teacher_forget(struct teacher *teacher);
/* Accepts one that was never opened (zeroed). */
void teacher_close(struct teacher *teacher);
/* How the line of a checkpoint's versions begins that says who taught. */
#define TEACHER_HASH "teacher: "
/* 78: that line is not there (a line of `versions`, which `path` has), or is of another
 * than this one; but a run may go on from a checkpoint that is the teacher itself. */
int teacher_check(const struct teacher *teacher, struct slice versions,
                  const char *path, struct err *err);
/* Local, for rank 0: the line "teacher". */
void teacher_print(const struct teacher *teacher);

#endif
