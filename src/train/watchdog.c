/* SPDX-License-Identifier: Apache-2.0 */
/* The watchdog: see watchdog.h.
 *
 * Each rank's thread writes what its rank is at on a board that all ranks of the host
 * read (board.h), and so sees all of them.  The first that finds the job standing still
 * writes its verdict there and raises the alarm; all others read it within a beat.
 * Nothing here waits for a disk, for MPI, or for a lock that the main thread may
 * hold. */
#include "src/train/watchdog.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "mpi/board.h"
#include "src/base/die.h"
#include "src/base/mem.h"
#include "src/base/stack.h"
#include "src/base/timer.h"
#include "src/core/patience.h"
#include "src/train/verdict.h"

enum watch_state { WATCH_BEGINS, WATCH_WATCHES, WATCH_TOLD, WATCH_LEFT };

/* A rank's part of the board.  Relaxed: what is read may be a beat old. */
struct sight {
    atomic_int state; /* enum watch_state */
    atomic_int phase, wait;
    atomic_int_least64_t step;
    atomic_uint_least64_t beats, moved, met;
    atomic_int alarm; /* of the host's first: 1 + who raised it; 0: nobody */
    int rank;
    char verdict[VERDICT_TEXT]; /* of who raised it */
};

/* What this rank knows of another. */
struct known {
    uint64_t beats, moved;
    int64_t step;
    double heard, came, began; /* by w->clock: news, movement, the step */
};

struct watchdog {
    struct comm *comm;
    struct board *board;
    struct verdict_patience patience;
    double beat;         /* seconds between looks */
    double clock;        /* seconds that this thread has lived through */
    double looked;       /* timer_now of the last look */
    struct known *known; /* (ranks of the host) owned, as those */
    struct verdict_rank *ranks;
    pthread_t thread;
    pthread_mutex_t mutex; /* over ending */
    pthread_cond_t news;
    bool ending;
};

/* ---- what ranks say of themselves ---- */

static struct sight *sight_of(const struct watchdog *w, int i) {
    return board_part(w->board, i);
}

static void put(atomic_int *to, int value) {
    atomic_store_explicit(to, value, memory_order_relaxed);
}

static void publish(const struct watchdog *w) {
    struct sight *own = sight_of(w, board_own(w->board));
    const struct pulse now = pulse_read();
    put(&own->phase, (int)now.phase);
    put(&own->wait, (int)now.wait);
    atomic_store_explicit(&own->step, now.step, memory_order_relaxed);
    atomic_store_explicit(&own->met, now.met, memory_order_relaxed);
    atomic_store_explicit(&own->moved, now.moved, memory_order_relaxed);
    atomic_fetch_add_explicit(&own->beats, 1, memory_order_relaxed);
}

static void remember(struct watchdog *w, int i) {
    struct sight *s = sight_of(w, i);
    struct known *m = &w->known[i];
    struct verdict_rank *r = &w->ranks[i];
    uint64_t beats = atomic_load(&s->beats), moved = atomic_load(&s->moved);
    int64_t step = atomic_load(&s->step);
    if (beats != m->beats)
        m->heard = w->clock;
    if (moved != m->moved)
        m->came = w->clock;
    if (step != m->step) {
        double took = w->clock - m->began;
        r->longest = m->step > 0 && took > r->longest ? took : r->longest;
        m->began = w->clock;
    }
    m->beats = beats, m->moved = moved, m->step = step;
    r->rank = s->rank;
    r->left = atomic_load(&s->state) == WATCH_LEFT;
    r->heard = w->clock - m->heard;
    r->still = w->clock - m->came;
    r->last = (struct pulse){.moved = moved,
                             .met = atomic_load(&s->met),
                             .step = step,
                             .phase = (enum pulse_phase)atomic_load(&s->phase),
                             .wait = (enum pulse_wait)atomic_load(&s->wait)};
}

/* ---- the alarm ---- */

static void say(const struct watchdog *w, const char *verdict) {
    const struct pulse now = pulse_read();
    char stack[1600], line[3000];
    stack_print(stack, sizeof stack);
    int n = snprintf(
        line, sizeof line,
        "%smpibert: rank %d on %s: no progress for %.0f s: %s; this rank is at step "
        "%lld, "
        "%s, in %s, its main thread in %s; ends with 75: start it again to go on\n",
        isatty(STDERR_FILENO) ? "\n" : "", comm_rank(w->comm), comm_host(w->comm),
        w->ranks[board_own(w->board)].still, verdict, (long long)now.step,
        pulse_phase_name(now.phase), pulse_wait_name(now.wait), stack);
    ssize_t unused = write(STDERR_FILENO, line, (size_t)n);
    (void)unused;
}

/* Whether all of this host that can speak have spoken. */
static bool all_told(struct watchdog *w) {
    for (int i = 0; i < board_ranks(w->board); i++) {
        remember(w, i);
        if (!w->ranks[i].left && !verdict_is_silent(&w->ranks[i], &w->patience) &&
            atomic_load(&sight_of(w, i)->state) != WATCH_TOLD)
            return false;
    }
    return true;
}

/* For less than a second. */
static void nap(long milliseconds) {
    const struct timespec t = {.tv_nsec = milliseconds * 1000000};
    nanosleep(&t, NULL);
}

/* A launcher ends all ranks with the first: so that comes last. */
static _Noreturn void bite(struct watchdog *w, int accuser) {
    const double wait = w->patience.alone ? 3 : 10;
    struct sight *own = sight_of(w, board_own(w->board));
    say(w, sight_of(w, accuser)->verdict);
    put(&own->state, WATCH_TOLD);
    for (double left = wait; left > 0 && !(w->patience.alone && all_told(w));
         left -= 0.1)
        nap(100);
    _exit(ERR_STOPPED);
}

static void look(struct watchdog *w) {
    struct sight *first = sight_of(w, 0), *own = sight_of(w, board_own(w->board));
    int count = board_ranks(w->board), nobody = 0;
    publish(w);
    for (int i = 0; i < count; i++)
        remember(w, i);
    int accuser = atomic_load(&first->alarm);
    if (accuser == 0 && verdict_is_due(w->ranks, count, &w->patience)) {
        verdict_find(w->ranks, count, &w->patience, own->verdict);
        atomic_compare_exchange_strong(&first->alarm, &nobody, 1 + board_own(w->board));
        accuser = atomic_load(&first->alarm);
    }
    if (accuser > 0)
        bite(w, accuser - 1);
}

/* ---- the thread ---- */

/* A beat later.  Whether it is to go on. */
static bool sleep_a_beat(struct watchdog *w) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    long nanoseconds = until.tv_nsec + (long)(1e9 * w->beat);
    until.tv_sec += nanoseconds / 1000000000;
    until.tv_nsec = nanoseconds % 1000000000;
    pthread_mutex_lock(&w->mutex);
    while (!w->ending && pthread_cond_timedwait(&w->news, &w->mutex, &until) == 0)
        ;
    bool on = !w->ending;
    pthread_mutex_unlock(&w->mutex);
    return on;
}

static void *watch(void *context) {
    struct watchdog *w = context;
    w->looked = timer_now();
    while (sleep_a_beat(w)) {
        double now = timer_now(), gone = now - w->looked;
        w->looked = now;
        w->clock += gone < 2 * w->beat ? gone : 2 * w->beat;
        look(w);
    }
    return NULL;
}

/* Signals are the main thread's. */
static void start_thread(struct watchdog *w) {
    pthread_condattr_t monotonic;
    sigset_t all, before;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&w->mutex, NULL);
    pthread_cond_init(&w->news, &monotonic);
    pthread_condattr_destroy(&monotonic);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (pthread_create(&w->thread, NULL, watch, w) != 0)
        die("cannot start a thread: is there a limit (ulimit -u)?");
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* ---- the doors ---- */

static double beat_of(double seconds) {
    double beat = seconds / 20;
    return beat < 1 ? beat : 1;
}

struct watchdog *watchdog_begin(struct comm *comm, const struct config *config) {
    double seconds;
    CHECK(patience_parse(config->train_watchdog, &seconds, NULL) == 0);
    if (seconds == 0)
        return NULL;
    struct watchdog *w = mem_alloc(1, sizeof *w);
    w->comm = comm;
    w->board = board_create(comm, sizeof(struct sight));
    size_t count = (size_t)board_ranks(w->board);
    w->patience =
        (struct verdict_patience){seconds, board_ranks(w->board) == comm_size(comm)};
    w->beat = beat_of(seconds);
    w->known = mem_alloc(count, sizeof *w->known);
    w->ranks = mem_alloc(count, sizeof *w->ranks);
    struct sight *own = sight_of(w, board_own(w->board));
    own->rank = comm_rank(comm);
    stack_listen();
    comm_barrier(comm); /* after it all have said who they are */
    put(&own->state, WATCH_WATCHES);
    start_thread(w);
    return w;
}

void watchdog_end(struct watchdog *w) {
    if (w == NULL)
        return;
    put(&sight_of(w, board_own(w->board))->state, WATCH_LEFT);
    pthread_mutex_lock(&w->mutex);
    w->ending = true;
    pthread_cond_signal(&w->news);
    pthread_mutex_unlock(&w->mutex);
    pthread_join(w->thread, NULL);
    board_destroy(w->board);
    pthread_cond_destroy(&w->news);
    pthread_mutex_destroy(&w->mutex);
    mem_free(w->known);
    mem_free(w->ranks);
    mem_free(w);
}
