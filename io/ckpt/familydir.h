/* SPDX-License-Identifier: Apache-2.0 */
/* Folders of families: each member's run is in a folder of it, seed_<S>, or, where
 * there are several shapes, SHAPE/seed_<S>. */
#ifndef MPIBERT_IO_CKPT_FAMILYDIR_H
#define MPIBERT_IO_CKPT_FAMILYDIR_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/err.h"
#include "src/base/str.h"

/* A checkpoint of a member; borrowed. */
struct familydir_file {
    const char *shape; /* as core/family_shapes.h names it; NULL: there is one */
    int64_t seed;
    const char *run, *path; /* its run's folder, and its own */
};

/* Appends the folder of a member; shape: NULL where there is one. */
void familydir_member(const char *dir, const char *shape, int64_t seed,
                      struct str *path);
/* Local.  Whether there is a member's folder in it. */
bool familydir_is(const char *dir);
/* Local.  Whether there are folders of shapes in it. */
bool familydir_has_shapes(const char *dir);
/* Local.  Hands out every checkpoint there is, by shape, seed and step, until one visit
 * fails; -1 then, or 74. */
typedef int familydir_fn(const struct familydir_file *file, void *context,
                         struct err *err);
int familydir_each(const char *dir, familydir_fn *visit, void *context,
                   struct err *err);

#endif
