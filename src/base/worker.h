/* SPDX-License-Identifier: Apache-2.0 */
/* One job at a time beside the program: in a thread of its own or, where none is
 * wanted, at once. */
#ifndef MPIBERT_BASE_WORKER_H
#define MPIBERT_BASE_WORKER_H

#include <stdbool.h>

struct worker; /* opaque */

/* With a thread for each job, or without. */
struct worker *worker_create(bool threaded);
/* Begins a job, when there is none.  Without a thread it is done when this returns. */
typedef void worker_fn(void *context);
void worker_start(struct worker *worker, worker_fn *job, void *context);
/* Whether it is still at it. */
bool worker_is_busy(const struct worker *worker);
/* Returns when it is done; what it wrote can be read from here on. */
void worker_wait(struct worker *worker);
/* Waits first.  Accepts NULL. */
void worker_destroy(struct worker *worker);

#endif
