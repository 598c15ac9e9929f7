/* SPDX-License-Identifier: Apache-2.0 */
/* Verdicts: see verdict.h.  In this order: who is silent; who works while others wait
 * for it; who waits elsewhere than most. */
#include "src/train/verdict.h"

#include <stdio.h>
#include <string.h>

/* Reading, saving and evaluating wait for disks, and have no rhythm. */
static const double UNSTEADY = 6;
/* By how much a step may be longer than the longest there was. */
static const double LONGER = 3;

bool verdict_is_silent(const struct verdict_rank *r, const struct verdict_patience *p) {
    return r->heard >= p->seconds / 2;
}

static bool waits(const struct verdict_rank *r) { return r->last.wait != PULSE_FREE; }

/* How long it may stand still.  Who computes moves all the time.  Who waits can see
 * those that it waits for; but what other hosts are at nobody sees, and their step may
 * be as long as any, and what else they do may take its time. */
static double limit_of(const struct verdict_rank *r, const struct verdict_patience *p) {
    bool steps = r->last.phase == PULSE_STEP;
    double longest = LONGER * r->longest;
    if (waits(r) ? p->alone : steps)
        return p->seconds;
    if (!steps || r->longest == 0)
        return UNSTEADY * p->seconds;
    return longest > p->seconds ? longest : p->seconds;
}

bool verdict_is_due(const struct verdict_rank *ranks, int count,
                    const struct verdict_patience *p) {
    double still = -1, limit = p->seconds;
    for (int i = 0; i < count; i++) {
        const struct verdict_rank *r = &ranks[i];
        if (r->left || verdict_is_silent(r, p))
            continue;
        still = still < 0 || r->still < still ? r->still : still;
        limit = limit_of(r, p) > limit ? limit_of(r, p) : limit;
    }
    return still >= limit;
}

/* ---- words ---- */

struct words {
    char *text;
    size_t size, at;
};

#define ADD(w, ...)                                                                    \
    ((w)->at += (size_t)snprintf((w)->text + (w)->at, (w)->size - (w)->at, __VA_ARGS__))

/* "rank 3 (step 52, the step)" of each that `is` says; how many. */
static int list(const struct verdict_rank *ranks, int count,
                bool (*is)(const struct verdict_rank *, const void *), const void *with,
                struct words *w) {
    enum { NAMED = 4 };
    int n = 0;
    for (int i = 0; i < count; i++) {
        const struct verdict_rank *r = &ranks[i];
        if (!is(r, with))
            continue;
        if (n < NAMED && w->at + 100 < w->size)
            ADD(w, "%srank %d (step %lld, %s)", n ? ", " : "", r->rank,
                (long long)r->last.step, pulse_phase_name(r->last.phase));
        n++;
    }
    if (n > NAMED)
        ADD(w, " and %d more", n - NAMED);
    return n;
}

static bool silent_one(const struct verdict_rank *r, const void *patience) {
    return !r->left && verdict_is_silent(r, patience);
}

static bool busy_one(const struct verdict_rank *r, const void *unused) {
    (void)unused;
    return !r->left && !waits(r);
}

static bool gone_one(const struct verdict_rank *r, const void *unused) {
    (void)unused;
    return r->left;
}

static bool same_wait(const struct verdict_rank *a, const struct verdict_rank *b) {
    return a->last.wait == b->last.wait && a->last.met == b->last.met;
}

static bool strays(const struct verdict_rank *r, const void *most) {
    return !r->left && !same_wait(r, most);
}

/* One of those who wait where most do; of two such places the later. */
static const struct verdict_rank *of_most(const struct verdict_rank *ranks, int count) {
    const struct verdict_rank *best = NULL;
    int most = 0;
    for (int i = 0; i < count; i++) {
        int n = 0;
        for (int k = 0; k < count; k++)
            n += !ranks[k].left && same_wait(&ranks[k], &ranks[i]);
        if (ranks[i].left || n < most ||
            (n == most && ranks[i].last.met <= best->last.met))
            continue;
        best = &ranks[i];
        most = n;
    }
    return best;
}

static void judge_waits(const struct verdict_rank *ranks, int count,
                        const struct verdict_patience *p, struct words *w) {
    const struct verdict_rank *most = of_most(ranks, count);
    const char *where = pulse_wait_name(most->last.wait);
    if (list(ranks, count, strays, most, w) > 0)
        ADD(w, " waits elsewhere than most, who wait in %s, collective %llu", where,
            (unsigned long long)most->last.met);
    else if (p->alone)
        ADD(w, "all ranks wait in %s: MPI has lost something", where);
    else
        ADD(w, "all ranks of this host wait in %s, for another host", where);
}

void verdict_find(const struct verdict_rank *ranks, int count,
                  const struct verdict_patience *p, char text[VERDICT_TEXT]) {
    struct words w = {text, VERDICT_TEXT, 0};
    text[0] = '\0';
    if (list(ranks, count, silent_one, p, &w) > 0)
        ADD(&w, " is silent: stopped, or dead");
    else if (list(ranks, count, busy_one, NULL, &w) > 0)
        ADD(&w, "%s", count > 1 ? " does not come on" : " stands still");
    else if (list(ranks, count, gone_one, NULL, &w) > 0)
        ADD(&w, " has left the others");
    else
        judge_waits(ranks, count, p, &w);
}
