/* SPDX-License-Identifier: Apache-2.0 */
/* The precision of a run: see rounded.h. */
#include "src/train/rounded.h"

#include <string.h>

#include "mpi/agree.h"
#include "src/kernels/precision.h"

bool rounded_is(const struct config *c) {
    return strcmp(c->train_precision, "bf16") == 0;
}

int rounded_start(const struct config *c, struct comm *comm, struct err *err) {
    int rc = rounded_is(c) ? precision_start(c->train_emulate > 0, err) : 0;
    return comm_agree(comm, rc, err);
}
