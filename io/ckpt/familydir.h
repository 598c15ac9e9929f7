/* SPDX-License-Identifier: Apache-2.0 */
/* Folders of families: each seed's run is in a folder seed_<S> of it. */
#ifndef MPIBERT_IO_CKPT_FAMILYDIR_H
#define MPIBERT_IO_CKPT_FAMILYDIR_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/err.h"
#include "src/base/str.h"

/* Appends the folder of a seed. */
void familydir_seed(const char *dir, int64_t seed, struct str *path);
/* Local.  Whether there is a seed's folder in it. */
bool familydir_is(const char *dir);
/* Local.  Hands out every checkpoint there is, by seed and step, with its run's folder,
 * until one visit fails; -1 then, or 74. */
typedef int familydir_fn(int64_t seed, const char *run, const char *path, void *context,
                         struct err *err);
int familydir_each(const char *dir, familydir_fn *visit, void *context,
                   struct err *err);

#endif
