/* SPDX-License-Identifier: Apache-2.0 */
/* When a run must have ended: by train.max_time, by train.deadline, or by what a
 * scheduler says in the environment. */
#ifndef MPIBERT_CORE_DEADLINE_H
#define MPIBERT_CORE_DEADLINE_H

#include "src/base/err.h"
#include "src/core/config.h"

struct deadline {
    double at;        /* seconds since 1970; INFINITY: never */
    const char *from; /* who says so: "train.deadline", "SLURM_JOB_END_TIME"; or NULL */
};

/* The earliest there is, for a run that began at `start` (seconds since 1970).  -1
 * (78): an option, or a variable, is no such time. */
int deadline_find(const struct config *config, double start, struct deadline *deadline,
                  struct err *err);
/* What `auto` asks: "SLURM_JOB_END_TIME, PBS_WALLTIME". */
void deadline_variables(struct str *names);

#endif
