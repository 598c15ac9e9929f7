/* SPDX-License-Identifier: Apache-2.0 */
/* Wishes: see wishes.h.  Only rank 0 looks at the clock and for the file, because
 * clocks differ and a file system need not be asked by all. */
#include "src/train/wishes.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "src/base/fs.h"
#include "src/base/log.h"
#include "src/base/signals.h"
#include "src/base/timer.h"

static const double LOOK_EVERY = 1; /* second, for the file */

static double now_since_1970(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int wishes_open(struct wishes *w, const struct config *config, int rank,
                struct err *err) {
    double ago = timer_now() - timer_begin(), began = now_since_1970() - ago;
    *w = (struct wishes){.rank = rank, .runs = 1, .start = timer_begin()};
    w->looked = w->start - LOOK_EVERY;
    str_printf(&w->file, "%s/STOP", config->checkpoint_dir);
    if (deadline_find(config, began, &w->deadline, err) < 0)
        return -1;
    w->end = w->start + (w->deadline.at - began);
    if (rank == 0 && w->deadline.from == NULL && config->train_max_time) {
        struct str names = {0};
        deadline_variables(&names);
        log_warn("train.max_time: auto, but nothing says when this job ends (%s); give "
                 "--deadline, or a time",
                 names.data);
        str_fini(&names);
    }
    return 0;
}

void wishes_share(struct wishes *w, struct comm *comm) {
    comm_broadcast(comm, &w->deadline.at, sizeof w->deadline.at, 0);
    w->end = timer_now() + (w->deadline.at - now_since_1970());
}

void wishes_print(const struct wishes *w) {
    char text[64];
    struct tm tm;
    if (w->deadline.from == NULL)
        return;
    time_t at = (time_t)w->deadline.at;
    if (localtime_r(&at, &tm) == NULL)
        return;
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
    printf("deadline  %s, by %s: saves and stops in time\n", text, w->deadline.from);
}

/* ---- the clock ---- */

static double longest(const struct wishes *w, enum wishes_work work) {
    return w->seconds[work] > 0 ? w->seconds[work] : w->guess[work];
}

/* What is still to be done once it is known that time is up: the step that carries the
 * wish round, whatever falls due before that (an evaluation, a save), the save, and the
 * end of the program.  Each as slow as the slowest was, and a half more; for the end,
 * and what cannot be known, half a second and the hundredth part of what was allowed,
 * at most half a minute. */
static double needed(const struct wishes *w) {
    double spare = 0.5 + 0.01 * (w->end - w->start);
    double work = 2 * longest(w, WISHES_STEP) + longest(w, WISHES_EVALUATION) +
                  2 * longest(w, WISHES_SAVE);
    return w->runs * 1.5 * work + (spare < 30 ? spare : 30);
}

static bool time_is_up(const struct wishes *w) {
    return isfinite(w->end) && timer_now() + needed(w) >= w->end;
}

/* A step that was slow once, because blocks were read, is forgotten by and by. */
void wishes_spent(struct wishes *w, enum wishes_work work, double seconds) {
    double fading = work == WISHES_STEP ? 0.98 * w->seconds[work] : w->seconds[work];
    w->seconds[work] = fmax(seconds, fading);
}

void wishes_guess(struct wishes *w, enum wishes_work work, double seconds) {
    w->guess[work] = fmax(seconds, w->guess[work]);
}

/* ---- the file ---- */

static bool file_is_there(struct wishes *w) {
    if (w->found || timer_now() - w->looked < LOOK_EVERY)
        return w->found;
    w->looked = timer_now();
    w->found = fs->access(w->file.data, F_OK) == 0;
    return w->found;
}

/* ---- all together ---- */

uint32_t wishes_signalled(void) {
    switch (signals_stop()) {
    case SIGUSR2: return 1u << WISH_USR2;
    case SIGTERM: return 1u << WISH_TERM;
    case SIGINT: return 1u << WISH_INT;
    default: return 0;
    }
}

uint32_t wishes_look(struct wishes *w) {
    uint32_t set = wishes_signalled();
    if (w->rank > 0)
        return set;
    if (file_is_there(w))
        set |= 1u << WISH_FILE;
    if (time_is_up(w))
        set |= 1u << WISH_TIME;
    return set;
}

bool wishes_stop(uint32_t set) { return set >> (WISH_WRITE + 1) != 0; }

int wishes_stopped(uint32_t set, int64_t step, struct err *err) {
    static const char *const words[WISHES] = {
        [WISH_USR2] = "SIGUSR2 asked for it",
        [WISH_TERM] = "SIGTERM asked for it",
        [WISH_INT] = "SIGINT asked for it",
        [WISH_FILE] = "a file STOP asked for it, and is removed",
        [WISH_TIME] = "its time is over",
        [WISH_OVER] = "the run that it judges ended"};
    int first = WISH_WRITE + 1;
    while (!wishes_has(set, (enum wish)first))
        first++;
    return err_set(err, ERR_STOPPED,
                   "stopped at step %lld; start it again to go on (%s)",
                   (long long)step, words[first]);
}

uint32_t wishes_before(struct wishes *w, struct comm *comm) {
    double set = wishes_look(w) & ~(1u << WISH_TIME);
    comm_max_f64(comm, &set, 1); /* of several ranks' that of one will do */
    return (uint32_t)set;
}

void wishes_served(const struct wishes *w) {
    if (w->found && !w->shared)
        fs->unlink(w->file.data);
}

void wishes_close(struct wishes *w) {
    w->shared = false;
    wishes_served(w);
    str_fini(&w->file);
}
