/* SPDX-License-Identifier: Apache-2.0 */
/* The learning rate as a pure function of the step. */
#ifndef MPIBERT_OPTIM_SCHEDULE_H
#define MPIBERT_OPTIM_SCHEDULE_H

#include <stdint.h>

struct schedule {
    const char *name; /* linear, bert, constant, cosine, polynomial, wsd */
    double rate;      /* the highest */
    int64_t warmup_steps, total_steps;
    double final, power; /* cosine, polynomial, wsd: the share of the rate at the end */
    int64_t decay_steps; /* wsd: the last so many fall */
};

/* The rate of step t, counted from 1.  With k = t - 1, W, N, D = decay_steps: warm-up
 * is rate · k / W for all; then, as a share of the rate,
 *
 *   linear      (N - k) / (N - W)       transformers' get_linear_schedule_with_warmup
 *   bert        1 - k / N               google-research/bert optimization.py
 *   constant    1
 *   cosine      f + (1 - f) · (1 + cos π p) / 2     p = (k - W) / (N - W), f = final;
 *               Loshchilov and Hutter 2017, one half wave
 *   polynomial  f + (1 - f) · (1 - p) ^ power;
 *               transformers' get_polynomial_decay_schedule_with_warmup
 *   wsd         1 until N - D, then f + (1 - f) · (N - k) / D;
 *               Hu et al. 2024, linear
 *
 * and from k = N on 0 (linear, bert) or f. */
double schedule_rate(const struct schedule *schedule, int64_t step);

#endif
