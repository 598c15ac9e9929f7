/* SPDX-License-Identifier: Apache-2.0 */
/* What the bits of a run depend on beside its configuration: lines "key: value" in each
 * checkpoint, and what of them is another when a run goes on. */
#ifndef MPIBERT_TRAIN_FINGERPRINT_H
#define MPIBERT_TRAIN_FINGERPRINT_H

#include "mpi/comm.h"
#include "src/base/str.h"
#include "src/core/config.h"

/* Local.  Appends the lines of this start. */
void fingerprint_print(const struct config *config, const struct comm *comm,
                       struct str *out);
/* Local.  Appends what differs from those of a checkpoint, "ranks 2, before 4; …", and
 * would change the bits: nothing if the run goes on to the bit.  Lines that either
 * lacks say nothing. */
void fingerprint_compare(const struct config *config, struct slice now,
                         struct slice then, struct str *out);

#endif
