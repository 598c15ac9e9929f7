/* SPDX-License-Identifier: Apache-2.0 */
/* A fine-tuned model as a folder that transformers loads. */
#ifndef MPIBERT_TUNE_KEEP_H
#define MPIBERT_TUNE_KEEP_H

#include "src/task/taskset.h"
#include "src/infer/bundle.h"

/* All borrowed. */
struct keep {
    const struct bundle *bundle; /* its vocabulary */
    const struct taskset *taskset;
    const struct config *config;
    const struct shape *shape;
    const struct params *weights;
};

/* Whether there is a class for it, before it is trained; 78 says what to do. */
int keep_check(const struct keep *keep, struct err *err);
/* Writes the folder, whole or not at all.  74, 78: see io/convert/destination.h. */
int keep_model(const struct keep *keep, const char *folder, struct err *err);

#endif
