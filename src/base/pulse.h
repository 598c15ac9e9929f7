/* SPDX-License-Identifier: Apache-2.0 */
/* What this process is at, and that it moves: said by whoever works, read by whoever
 * watches (train/watchdog.h).  Nothing in a run may be decided by it but its end.
 *
 * A process has one pulse.  All but pulse_tick and pulse_read are the main thread's. */
#ifndef MPIBERT_BASE_PULSE_H
#define MPIBERT_BASE_PULSE_H

#include <stdint.h>

/* What a run is at. */
enum pulse_phase {
    PULSE_START,
    PULSE_DATA, /* until all ranks have their batch */
    PULSE_STEP,
    PULSE_EVALUATION,
    PULSE_SAVE,
    PULSE_END,
    PULSE_PHASES
};

/* What it waits for the other ranks in. */
enum pulse_wait {
    PULSE_FREE, /* it does not wait: it works */
    PULSE_BARRIER,
    PULSE_SUM,
    PULSE_MAXIMUM,
    PULSE_BROADCAST,
    PULSE_GATHER,
    PULSE_EXCHANGE,
    PULSE_SPLIT, /* those were collectives */
    PULSE_GRADIENTS,
    PULSE_WEIGHTS,
    PULSE_WAITS
};

struct pulse {
    uint64_t moved; /* another number: something was done */
    uint64_t met;   /* how many collectives (mpi/comm.h) it has come to so far */
    int64_t step;   /* the last that was begun; 0: none */
    enum pulse_phase phase;
    enum pulse_wait wait;
};

const char *pulse_phase_name(enum pulse_phase phase);
const char *pulse_wait_name(enum pulse_wait wait);

/* Returns the phase it was in, to which a function goes back before it returns. */
enum pulse_phase pulse_to(enum pulse_phase next);
void pulse_step(int64_t step);
/* Between both the rank waits for others. */
void pulse_wait(enum pulse_wait wait);
void pulse_go(void);
/* Something was done: a piece of a file was read.  Any thread.  Who computes says so by
 * stages (stage.h). */
void pulse_tick(void);
/* Seconds that it has waited for others so far: the main thread's. */
double pulse_waited(void);
/* Any thread. */
struct pulse pulse_read(void);

#endif
