/* SPDX-License-Identifier: Apache-2.0 */
/* Reading ahead: see ahead.h.  Of all decks asked for, the thread builds the one that
 * begins with the earliest example: all lanes hand out as many a step, so that is the
 * one needed first.  In which order decks are built changes none of them.
 *
 * The thread is as nice as can be.  Where it shares a core with computing, as under a
 * launcher that binds ranks to cores, it would else take half of it while it builds;
 * and since ranks wait for the slowest, and each builds at another time, every rank
 * would pay for the building of all.  Nice, it takes some 1.5 % of a busy core, spread
 * evenly, and all of an idle one.  But then nobody may wait for it: who needs a deck
 * that is not there builds the rest of it himself, document by document as the thread
 * does, one mutex deciding whose turn it is. */
#include "src/data/ahead.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "src/base/die.h"
#include "src/base/mem.h"
#include "src/base/timer.h"

enum { NICEST = 19 };

enum order_state { ORDER_NONE, ORDER_ASKED, ORDER_BEGUN, ORDER_BUILT };

struct order {
    enum order_state state;
    struct builder *builder; /* borrowed, as the deck */
    struct deck *deck;
};

struct ahead {
    pthread_t thread;
    pthread_mutex_t mutex; /* over all below, the builders and the decks */
    pthread_cond_t news;   /* for the thread: asked, no longer wanted, ending */
    atomic_bool wanted;    /* the mutex, by a caller: the thread lets it go */
    bool ending;
    struct order *orders; /* (lanes) */
    int64_t lanes;
    double waited, helped;
};

/* ---- building ---- */

/* The unfinished order that is needed first, or NULL. */
static struct order *most_urgent(const struct ahead *ahead) {
    struct order *best = NULL;
    for (int64_t v = 0; v < ahead->lanes; v++) {
        struct order *order = &ahead->orders[v];
        if (order->state != ORDER_ASKED && order->state != ORDER_BEGUN)
            continue;
        if (best == NULL || order->deck->first < best->deck->first)
            best = order;
    }
    return best;
}

static void build_on(struct order *order) {
    if (order->state == ORDER_ASKED)
        builder_begin(order->builder, order->deck);
    order->state =
        builder_step(order->builder, order->deck) ? ORDER_BEGUN : ORDER_BUILT;
}

static void *work(void *context) {
    struct ahead *ahead = context;
    setpriority(PRIO_PROCESS, (id_t)gettid(), NICEST); /* failing is fine */
    pthread_mutex_lock(&ahead->mutex);
    while (!ahead->ending) {
        struct order *order = most_urgent(ahead);
        if (order == NULL || atomic_load(&ahead->wanted)) {
            pthread_cond_wait(&ahead->news, &ahead->mutex);
            continue;
        }
        build_on(order);
        pthread_mutex_unlock(&ahead->mutex); /* a caller may come between */
        pthread_mutex_lock(&ahead->mutex);
    }
    pthread_mutex_unlock(&ahead->mutex);
    return NULL;
}

/* ---- callers ---- */

/* Mutexes are not fair: unless it is told, the thread would lock again at once. */
static void enter(struct ahead *ahead) {
    atomic_store(&ahead->wanted, true);
    pthread_mutex_lock(&ahead->mutex);
    atomic_store(&ahead->wanted, false);
}

static void leave(struct ahead *ahead) {
    pthread_cond_signal(&ahead->news);
    pthread_mutex_unlock(&ahead->mutex);
}

void ahead_ask(struct ahead *ahead, int64_t lane, struct deck *deck) {
    struct order *order = &ahead->orders[lane];
    enter(ahead);
    CHECK(order->state == ORDER_NONE);
    order->state = ORDER_ASKED;
    order->deck = deck;
    leave(ahead);
}

void ahead_take(struct ahead *ahead, int64_t lane) {
    struct order *order = &ahead->orders[lane];
    double start = timer_now(), used = timer_used();
    enter(ahead);
    CHECK(order->state != ORDER_NONE);
    while (order->state != ORDER_BUILT)
        build_on(order);
    order->state = ORDER_NONE;
    ahead->waited += timer_now() - start;
    ahead->helped += timer_used() - used;
    leave(ahead);
}

void ahead_drop(struct ahead *ahead, int64_t lane) {
    enter(ahead);
    ahead->orders[lane].state = ORDER_NONE;
    leave(ahead);
}

void ahead_settle(struct ahead *ahead) {
    struct order *order;
    double used = timer_used();
    enter(ahead);
    while ((order = most_urgent(ahead)) != NULL)
        build_on(order);
    ahead->helped += timer_used() - used;
    leave(ahead);
}

double ahead_waited(const struct ahead *ahead) { return ahead->waited; }
double ahead_helped(const struct ahead *ahead) { return ahead->helped; }

double ahead_used(const struct ahead *ahead) {
    struct timespec t;
    clockid_t clock;
    CHECK(pthread_getcpuclockid(ahead->thread, &clock) == 0);
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- the thread ---- */

/* Signals are the main thread's affair: this one has them all blocked. */
static void start_thread(struct ahead *ahead) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(&ahead->thread, NULL, work, ahead);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc != 0)
        die("cannot start the thread that reads ahead: pthread_create gives %d", rc);
}

struct ahead *ahead_create(struct builder *builders, int64_t lanes) {
    struct ahead *ahead = mem_alloc(1, sizeof *ahead);
    ahead->orders = mem_alloc((size_t)lanes, sizeof *ahead->orders);
    ahead->lanes = lanes;
    for (int64_t v = 0; v < lanes; v++)
        ahead->orders[v].builder = &builders[v];
    pthread_mutex_init(&ahead->mutex, NULL);
    pthread_cond_init(&ahead->news, NULL);
    start_thread(ahead);
    return ahead;
}

void ahead_destroy(struct ahead *ahead) {
    if (ahead == NULL)
        return;
    enter(ahead);
    ahead->ending = true;
    leave(ahead);
    CHECK(pthread_join(ahead->thread, NULL) == 0);
    pthread_cond_destroy(&ahead->news);
    pthread_mutex_destroy(&ahead->mutex);
    mem_free(ahead->orders);
    mem_free(ahead);
}
