/* SPDX-License-Identifier: Apache-2.0 */
/* Stragglers: see stragglers.h.  Every hundred steps rank 0 hears from all; it judges
 * what has come together in half a minute at least, and speaks when a rank was slow
 * three times in a row: a moment's disturbance is none. */
#include "src/train/stragglers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/log.h"
#include "src/base/mem.h"
#include "src/base/pulse.h"
#include "src/base/timer.h"

enum { EVERY = 100, TIMES = 3, HOST = 64, TOLD = -1 };
static const double LEAST = 30;   /* seconds */
static const double SLOWER = 1.3; /* than the middle one of all */

/* What a rank did: sent as it is. */
struct effort {
    double compute, flops; /* seconds, operations */
};

struct stragglers {
    struct comm *comm;
    double waited;     /* before there was this */
    struct effort own; /* since the last message */
    double began;      /* of what is judged next */
    /* rank 0, (ranks) each, owned: */
    struct effort *sums; /* since then */
    int *times;          /* that it was slow, in a row; TOLD: and it was said */
    char (*hosts)[HOST];
};

struct stragglers *stragglers_create(struct comm *comm) {
    struct stragglers *s = mem_alloc(1, sizeof *s);
    char host[HOST] = "";
    size_t ranks = (size_t)comm_size(comm);
    s->comm = comm;
    s->waited = pulse_waited();
    s->began = timer_now();
    s->sums = mem_alloc(ranks, sizeof *s->sums);
    s->times = mem_alloc(ranks, sizeof *s->times);
    snprintf(host, sizeof host, "%s", comm_host(comm));
    s->hosts = comm_gather(comm, host, sizeof host, NULL, 0);
    return s;
}

/* ---- the verdict ---- */

static int by_size(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static double middle(const double *speeds, int count) {
    double *sorted = mem_alloc((size_t)count, sizeof *sorted);
    int n = 0;
    for (int i = 0; i < count; i++)
        if (speeds[i] > 0)
            sorted[n++] = speeds[i];
    qsort(sorted, (size_t)n, sizeof *sorted, by_size);
    double value = n > 0 ? sorted[n / 2] : 0; /* of two the faster */
    mem_free(sorted);
    return value;
}

void stragglers_find(const double *speeds, int count, bool *slow) {
    double most = middle(speeds, count);
    for (int i = 0; i < count; i++)
        slow[i] = speeds[i] > 0 && speeds[i] * SLOWER < most;
}

static void judge(struct stragglers *s, int64_t step) {
    int ranks = comm_size(s->comm);
    double *speeds = mem_alloc((size_t)ranks, sizeof *speeds);
    bool *slow = mem_alloc((size_t)ranks, sizeof *slow);
    for (int r = 0; r < ranks; r++)
        speeds[r] = s->sums[r].compute > 0 ? s->sums[r].flops / s->sums[r].compute : 0;
    stragglers_find(speeds, ranks, slow);
    for (int r = 0; r < ranks; r++) {
        if (s->times[r] != TOLD)
            s->times[r] = slow[r] ? s->times[r] + 1 : 0;
        if (s->times[r] < TIMES)
            continue;
        log_warn("rank %d on %s computes at %.0f %% of the speed of most, for minutes "
                 "before step %lld: all others wait for it",
                 r, s->hosts[r], 100 * speeds[r] / middle(speeds, ranks),
                 (long long)step);
        s->times[r] = TOLD;
    }
    mem_free(speeds);
    mem_free(slow);
}

/* ---- the doors ---- */

static void add(struct effort *to, const struct effort *what) {
    to->compute += what->compute;
    to->flops += what->flops;
}

static void tell(struct stragglers *s, int64_t step) {
    struct effort *all = comm_gather(s->comm, &s->own, sizeof s->own, NULL, 0);
    size_t ranks = (size_t)comm_size(s->comm);
    s->own = (struct effort){0};
    if (all == NULL)
        return;
    for (size_t r = 0; r < ranks; r++)
        add(&s->sums[r], &all[r]);
    mem_free(all);
    if (timer_now() - s->began < LEAST)
        return;
    judge(s, step);
    memset(s->sums, 0, ranks * sizeof *s->sums);
    s->began = timer_now();
}

void stragglers_add(struct stragglers *s, int64_t step,
                    const struct step_seconds *seconds) {
    const struct effort now = {seconds->compute, seconds->flops};
    if (comm_size(s->comm) == 1)
        return;
    add(&s->own, &now);
    if (step % EVERY == 0)
        tell(s, step);
}

void stragglers_print(struct stragglers *s, double wall, bool shown) {
    int ranks = comm_size(s->comm), least = 0, most = 0;
    double sum = 0;
    if (ranks == 1)
        return;
    double own = pulse_waited() - s->waited;
    double *all = comm_gather(s->comm, &own, sizeof own, NULL, 0);
    for (int r = 0; all && r < ranks; r++) {
        sum += all[r];
        least = all[r] < all[least] ? r : least;
        most = all[r] > all[most] ? r : most;
    }
    if (all && shown)
        printf("waits     for other ranks %.1f %% of the time; least rank %d on %s, "
               "%.1f %%, most rank %d on %s, %.1f %%\n",
               100 * sum / ranks / wall, least, s->hosts[least],
               100 * all[least] / wall, most, s->hosts[most], 100 * all[most] / wall);
    mem_free(all);
}

void stragglers_destroy(struct stragglers *s) {
    if (s == NULL)
        return;
    mem_free(s->sums);
    mem_free(s->times);
    mem_free(s->hosts);
    mem_free(s);
}
