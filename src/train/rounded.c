/* SPDX-License-Identifier: Apache-2.0 */
/* The precision of a run: see rounded.h. */
#include "src/train/rounded.h"

#include <stdio.h>
#include <string.h>

#include "mpi/agree.h"
#include "src/base/log.h"
#include "src/kernels/precision.h"

int rounded_settle(struct config *c, struct comm *comm, struct err *err) {
    char why[80];
    uint64_t without = !precision_is_fast();
    if (strcmp(c->train_precision, "auto") != 0)
        return 0;
    comm_sum_u64(comm, &without, 1);
    snprintf(why, sizeof why, "auto: %d of %d ranks have a processor for bf16",
             comm_size(comm) - (int)without, comm_size(comm));
    const char *chosen = without ? "fp32" : "bf16";
    log_info("train.precision: %s (%s)", chosen, why);
    return config_set(c, "train.precision", chosen, why, err);
}

bool rounded_is(const struct config *c) {
    return strcmp(c->train_precision, "bf16") == 0;
}

int rounded_start(const struct config *c, struct comm *comm, struct err *err) {
    int rc = rounded_is(c) ? precision_start(c->train_emulate > 0, err) : 0;
    return comm_agree(comm, rc, err);
}
