/* SPDX-License-Identifier: Apache-2.0 */
/* The phases of a run: stretches of steps with a sequence length, a batch and masks of
 * their own, out of rows train.phases[i].  A run without such rows is one phase. */
#ifndef MPIBERT_CORE_PHASES_H
#define MPIBERT_CORE_PHASES_H

#include <stdint.h>

#include "src/base/err.h"
#include "src/core/config.h"

/* At least 1. */
int phases_count(const struct config *config);
/* Phase i, every value set. */
struct phase phases_get(const struct config *config, int i);
/* Which one step number `step` (from 1) is of; steps after the end are of the last. */
int phases_find(const struct config *config, int64_t step);
/* The longest sequence, the largest lane_batch, and the most tokens that a lane's share
 * of a step may have. */
struct phases_bounds {
    int64_t sequence_length, lane_batch, lane_tokens;
};
struct phases_bounds phases_bounds(const struct config *config);
/* How many examples a lane has given when the run is over, and about how many tokens
 * those have at most, and how many of them are masked. */
struct phases_sum {
    int64_t examples;
    double tokens, masked;
};
struct phases_sum phases_sum(const struct config *config);
/* Appends "sequences of at most 128 tokens, 15 % masked (span)". */
void phases_describe(const struct phase *phase, struct str *out);
/* "train.phases[1].steps", or, of a run without rows, "train.steps". */
void phases_key(const struct config *config, int i, const char *field, char key[64]);

/* When all is set: every row must have steps, and their sum becomes train.steps, or, if
 * that was given, is it (78). */
int phases_settle(struct config *config, struct err *err);

/* 78 if a phase differs, but for the steps of the last one and what may change
 * (config_differs). */
int phases_compare(const struct config *now, const struct config *then,
                   struct str *changes, struct err *err);

#endif
