/* SPDX-License-Identifier: Apache-2.0 */
/* What a step is made of: for the step (step.h), and for its program (program.h), which
 * makes the models. */
#ifndef MPIBERT_TRAIN_STEP_OPTIONS_H
#define MPIBERT_TRAIN_STEP_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "src/core/config.h"
#include "src/core/params.h"
#include "src/core/shape.h"

struct program;
struct teacher;

struct stepper_options {
    const struct config *config; /* borrowed, as all here */
    struct shape shape;
    const struct params_table *table;
    int64_t max_sequences, max_length; /* that go through at once; of a sequence */
    const struct program *program;     /* program.h: who laid the table out */
    const struct teacher *teacher;     /* teacher.h; NULL: nobody is asked */
    /* For models that are asked and never trained: */
    bool forward_only;
    uint32_t objectives; /* a set, what the table has heads for; 0: what is trained */
};

/* The models of a program. */
struct models {
    const struct program *program;
    void *own; /* the program's */
};

#endif
