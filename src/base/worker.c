/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs in threads: see worker.h.  A job is seconds of work, so that each has a thread
 * of its own and nothing is left waiting between them.  It is no nicer than the others:
 * where all cores are busy its work costs the same sooner or later, and who waits for
 * it would wait for all who are not nice. */
#include "src/base/worker.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "src/base/die.h"
#include "src/base/mem.h"

struct worker {
    bool threaded, started; /* started: the thread is to be joined */
    pthread_t thread;
    atomic_bool busy;
    worker_fn *job;
    void *context;
};

struct worker *worker_create(bool threaded) {
    struct worker *worker = mem_alloc(1, sizeof *worker);
    worker->threaded = threaded;
    return worker;
}

static void *work(void *context) {
    struct worker *worker = context;
    worker->job(worker->context);
    atomic_store(&worker->busy, false);
    return NULL;
}

/* Signals are the main thread's affair. */
static void start_thread(struct worker *worker) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(&worker->thread, NULL, work, worker);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc != 0)
        die("cannot start a thread for a checkpoint: pthread_create gives %d", rc);
}

void worker_start(struct worker *worker, worker_fn *job, void *context) {
    CHECK(!worker->started);
    if (!worker->threaded) {
        job(context);
        return;
    }
    worker->job = job;
    worker->context = context;
    worker->started = true;
    atomic_store(&worker->busy, true);
    start_thread(worker);
}

bool worker_is_busy(const struct worker *worker) { return atomic_load(&worker->busy); }

void worker_wait(struct worker *worker) {
    if (worker->started)
        CHECK(pthread_join(worker->thread, NULL) == 0);
    worker->started = false;
}

void worker_destroy(struct worker *worker) {
    if (worker == NULL)
        return;
    worker_wait(worker);
    mem_free(worker);
}
