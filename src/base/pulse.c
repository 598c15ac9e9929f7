/* SPDX-License-Identifier: Apache-2.0 */
/* The pulse: see pulse.h.  Written by one thread and read by another: relaxed atomics
 * are plain loads and stores. */
#include "src/base/pulse.h"

#include <stdatomic.h>

#include "src/base/stage.h"
#include "src/base/timer.h"

static atomic_uint_least64_t ticks, met, changes;
static atomic_int_least64_t step_now;
static atomic_int phase_now, wait_now;
static double waited, wait_began; /* the main thread's own */

static const char *const phases[PULSE_PHASES] = {
    [PULSE_START] = "the start", [PULSE_DATA] = "reading data",
    [PULSE_STEP] = "the step",   [PULSE_EVALUATION] = "the evaluation",
    [PULSE_SAVE] = "the save",   [PULSE_END] = "the end"};

static const char *const names[PULSE_WAITS] = {[PULSE_FREE] = "work",
                                               [PULSE_BARRIER] = "a barrier",
                                               [PULSE_SUM] = "a sum",
                                               [PULSE_MAXIMUM] = "a maximum",
                                               [PULSE_BROADCAST] = "a broadcast",
                                               [PULSE_GATHER] = "a gathering",
                                               [PULSE_EXCHANGE] = "an exchange",
                                               [PULSE_SPLIT] = "a split",
                                               [PULSE_GRADIENTS] = "sums of gradients",
                                               [PULSE_WEIGHTS] = "moved weights"};

const char *pulse_phase_name(enum pulse_phase phase) { return phases[phase]; }
const char *pulse_wait_name(enum pulse_wait wait) { return names[wait]; }

/* By the one thread that writes it. */
static void add_one(atomic_uint_least64_t *count) {
    uint64_t sum = atomic_load_explicit(count, memory_order_relaxed);
    atomic_store_explicit(count, sum + 1, memory_order_relaxed);
}

enum pulse_phase pulse_to(enum pulse_phase next) {
    int was = atomic_load_explicit(&phase_now, memory_order_relaxed);
    atomic_store_explicit(&phase_now, (int)next, memory_order_relaxed);
    add_one(&changes);
    return (enum pulse_phase)was;
}

void pulse_step(int64_t step) {
    atomic_store_explicit(&step_now, step, memory_order_relaxed);
}

void pulse_wait(enum pulse_wait wait) {
    if (wait <= PULSE_SPLIT)
        add_one(&met);
    add_one(&changes);
    wait_began = timer_now();
    atomic_store_explicit(&wait_now, (int)wait, memory_order_relaxed);
}

void pulse_go(void) {
    atomic_store_explicit(&wait_now, (int)PULSE_FREE, memory_order_relaxed);
    waited += timer_now() - wait_began;
    add_one(&changes);
}

double pulse_waited(void) { return waited; }

void pulse_tick(void) { atomic_fetch_add_explicit(&ticks, 1, memory_order_relaxed); }

struct pulse pulse_read(void) {
    return (struct pulse){
        .moved = atomic_load_explicit(&ticks, memory_order_relaxed) +
                 atomic_load_explicit(&changes, memory_order_relaxed) + stage_marks(),
        .met = atomic_load_explicit(&met, memory_order_relaxed),
        .step = atomic_load_explicit(&step_now, memory_order_relaxed),
        .phase =
            (enum pulse_phase)atomic_load_explicit(&phase_now, memory_order_relaxed),
        .wait = (enum pulse_wait)atomic_load_explicit(&wait_now, memory_order_relaxed)};
}
