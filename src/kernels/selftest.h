/* SPDX-License-Identifier: Apache-2.0 */
/* Whether this processor computes: each kernel that a step lives on, as it was chosen
 * here, beside the plain loops of ref.h.  A core that is broken, or kernels that do not
 * suit it, are better found before weeks than after. */
#ifndef MPIBERT_KERNELS_SELFTEST_H
#define MPIBERT_KERNELS_SELFTEST_H

#include "src/base/err.h"

/* Milliseconds; each OpenMP thread tests all of them, on its own core.  -1 (70): the
 * first that is wrong. */
int selftest_run(struct err *err);

#endif
