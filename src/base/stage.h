/* SPDX-License-Identifier: Apache-2.0 */
/* Where a step's time goes: every thread is in one stage at any moment, and says so
 * when it goes to another.  Costs some ten nanoseconds a mark, so marks stay in for
 * good: around what takes microseconds, never in a loop over elements.  Read by `bench
 * step`; nothing in a run may be decided by it. */
#ifndef MPIBERT_BASE_STAGE_H
#define MPIBERT_BASE_STAGE_H

#include <stdint.h>

#define STAGE(identifier, phase, name) STAGE_##identifier,
enum stage {
#include "src/base/stages.def"
    STAGES_COUNT
};
#undef STAGE

enum stage_phase {
    PHASE_NONE,
    PHASE_FORWARD,
    PHASE_BACKWARD,
    PHASE_REDUCE,
    PHASE_UPDATE,
    PHASES_COUNT
};

const char *stage_name(enum stage stage);
enum stage_phase stage_phase_of(enum stage stage);
const char *stage_phase_name(enum stage_phase phase);

/* The calling thread goes on in `next`; returns the stage it was in (at first
 * STAGE_NONE), to which a function goes back before it returns:
 *     enum stage outer = stage_to(STAGE_UP);
 *     …
 *     stage_to(STAGE_GELU);
 *     …
 *     stage_to(outer); */
enum stage stage_to(enum stage next);
/* Adds operations (2 m n k of a product) to the stage that the calling thread is in. */
void stage_add_flops(double flops);

/* Of all threads together since the program began: seconds in the stages that were
 * left, and operations.  What one wants is the difference of two readings. */
struct stage_totals {
    double seconds[STAGES_COUNT], flops[STAGES_COUNT];
};
void stage_read(struct stage_totals *totals);
/* How often any thread has gone to another stage: while it changes, work goes on. */
uint64_t stage_marks(void);

#endif
