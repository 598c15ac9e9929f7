/* SPDX-License-Identifier: Apache-2.0 */
/* Products of rounded numbers: by which tiles this processor makes them. */
#ifndef MPIBERT_KERNELS_PRECISION_H
#define MPIBERT_KERNELS_PRECISION_H

#include "src/base/err.h"
#include "src/kernels/tile_pairs.h"

/* Tiles that there are here, NULL: none of this kind, the fastest first. */
struct precision_choice {
    const struct tile_set *sets[3];
};
struct precision_choice precision_choices(bool emulate);

/* Whether this processor makes them faster than products in single precision. */
bool precision_is_fast(void);

/* Milliseconds; by the threads of OpenMP.  Takes the first of the choices that gives
 * the products of plain loops, and warns of each before it, which is wrong.  -1: there
 * is none (78), or all are wrong (70). */
int precision_choose(const struct precision_choice *choices, struct err *err);
/* These two together; with `emulate` also in plain C, which is slow.  Warns where those
 * in single precision are faster. */
int precision_start(bool emulate, struct err *err);
/* What was chosen; NULL: nothing yet. */
const struct tile_set *precision_tiles(void);
/* Its name, e.g. "AMX bf16 tiles of 32 x 32"; NULL likewise.  Static. */
const char *precision_describe(void);

#endif
