/* SPDX-License-Identifier: Apache-2.0 */
/* The learning rate as a pure function of the step. */
#ifndef MPIBERT_OPTIM_SCHEDULE_H
#define MPIBERT_OPTIM_SCHEDULE_H

#include <stdint.h>

struct schedule {
    const char *name; /* linear, bert, constant */
    double rate;      /* the highest */
    int64_t warmup_steps, total_steps;
};

/* The rate of step t, counted from 1.  With k = t - 1, W and N: warm-up rate · k / W for all;
 * then linear: rate · (N - k) / (N - W) (transformers' get_linear_schedule_with_warmup);
 * bert: rate · (1 - k / N) (google-research/bert optimization.py); constant: rate. */
double schedule_rate(const struct schedule *schedule, int64_t step);

#endif
