/* SPDX-License-Identifier: Apache-2.0 */
/* The watchdog: a thread a rank that looks whether the job moves.  When it has stood
 * still for too long, because a rank is stopped, loops, or waits where nobody else
 * does, each rank says so in a line, which names whose fault it is, and ends with 75:
 * a job that hangs becomes one that can be started again.
 *
 * What is too long is judged in verdict.h, by what each rank says of itself
 * (base/pulse.h).  Time is the thread's own: a second in which it did not run (a host
 * asleep, a job that its scheduler stopped) is none. */
#ifndef MPIBERT_TRAIN_WATCHDOG_H
#define MPIBERT_TRAIN_WATCHDOG_H

#include "mpi/comm.h"
#include "src/core/config.h"

struct watchdog; /* opaque */

/* Collective.  Watches this rank as one of `comm`, which it borrows, with the patience
 * of train.watchdog; from the main thread.  NULL for "off". */
struct watchdog *watchdog_begin(struct comm *comm, const struct config *config);
/* Collective.  Accepts NULL. */
void watchdog_end(struct watchdog *watchdog);

#endif
