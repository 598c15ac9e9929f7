/* SPDX-License-Identifier: Apache-2.0 */
/* Learning a dictionary: see learn.h.  A batch is shared out for its codes alone,
 * which depend on nothing but their state; what is summed and moved then is done by
 * every rank for itself, in the same order. */
#include "src/dictionary/learn.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/dictionary.h"
#include "mpi/agree.h"
#include "src/base/mem.h"
#include "src/base/rng.h"
#include "src/base/signals.h"
#include "src/base/timer.h"
#include "src/dictionary/exchange.h"
#include "src/sparse/coder.h"
#include "src/sparse/gram.h"
#include "src/sparse/online.h"

/* Uses of RNG_DICTIONARY. */
enum { DRAW_FIRST, DRAW_ORDER, DRAW_PICK };

struct learning {
    const struct learn_dictionary *how;
    const struct states *states;
    struct dictionary *dictionary;
    struct dictionary_report *report;
    struct online *online;
    struct coder *coder;
    struct codes own, all;
    uint32_t *order; /* (states) */
    float *x;        /* (batch,d) */
    double saved;
};

/* ---- draws ---- */

static void draw_begin(const struct learning *l, uint64_t use, int64_t iteration,
                       struct rng *rng) {
    rng_init(rng, l->how->seed, RNG_DICTIONARY, use, (uint64_t)iteration);
}

/* The first atoms, owned. */
static float *draw_first(const struct learning *l) {
    int64_t K = l->dictionary->K;
    if (l->how->first)
        return mem_copy(l->how->first,
                        (size_t)(K * l->dictionary->d) * sizeof *l->how->first);
    uint32_t *which = mem_alloc((size_t)K, sizeof *which);
    float *first = mem_alloc((size_t)K, (size_t)l->dictionary->d * sizeof *first);
    struct rng rng;
    draw_begin(l, DRAW_FIRST, 0, &rng);
    for (int64_t k = 0; k < K; k++)
        which[k] = (uint32_t)rng_below(&rng, (uint64_t)l->states->count);
    states_fetch(l->states, K, which, first);
    mem_free(which);
    return first;
}

static void draw_order(struct learning *l) {
    struct rng rng;
    l->order = mem_alloc((size_t)l->states->count, sizeof *l->order);
    draw_begin(l, DRAW_ORDER, 0, &rng);
    rng_permutation(&rng, l->order, (uint32_t)l->states->count);
}

/* What takes the place of an atom. */
struct picking {
    const struct states *states;
    struct rng rng;
};

static void pick(float *sample, void *context) {
    struct picking *p = context;
    uint32_t which = (uint32_t)rng_below(&p->rng, (uint64_t)p->states->count);
    states_fetch(p->states, 1, &which, sample);
}

/* ---- to and from the file ---- */

static void take_dictionary(struct learning *l) {
    struct dictionary *d = l->dictionary;
    size_t K = (size_t)d->K, wide = K * (size_t)d->d;
    if (d->iteration > 0) {
        memcpy(l->online->atoms, d->atoms, wide * sizeof(float));
        memcpy(l->online->pairs, d->pairs, K * K * sizeof(float));
        memcpy(l->online->sums, d->sums, wide * sizeof(float));
        online_skip(l->online, d->iteration);
    }
    d->curve = mem_resize(d->curve, (size_t)d->iterations, 2 * sizeof *d->curve);
}

/* The dictionary as it is, borrowed but for its name. */
static struct dictionary view_of(const struct learning *l) {
    struct dictionary view = *l->dictionary;
    bool whole = view.iteration == view.iterations;
    view.atoms = l->online->atoms;
    view.pairs = whole ? NULL : l->online->pairs;
    view.sums = whole ? NULL : l->online->sums;
    return view;
}

/* Rank 0 alone writes: all have the same. */
static int save(struct learning *l, struct err *err) {
    l->saved = timer_now();
    if (comm_rank(l->states->comm) != 0 || l->dictionary->iteration == 0)
        return 0;
    const struct dictionary view = view_of(l);
    return dictionary_write(l->how->state, &view, err);
}

static void keep_atoms(struct learning *l) {
    struct dictionary *d = l->dictionary;
    size_t bytes = (size_t)(d->K * d->d) * sizeof(float);
    mem_free(d->atoms);
    mem_free(d->pairs);
    mem_free(d->sums);
    d->atoms = mem_copy(l->online->atoms, bytes);
    d->pairs = d->sums = NULL;
}

/* ---- an iteration ---- */

static void code_batch(struct learning *l) {
    struct comm *comm = l->states->comm;
    int64_t batch = l->how->batch;
    struct share own = partition(batch, comm_rank(comm), comm_size(comm));
    states_fetch(l->states, batch, l->order + l->online->iteration * batch, l->x);
    coder_run(l->coder, own.count, l->x + own.first * l->states->d, &l->own);
    exchange_codes(comm, &l->own, &l->all);
}

/* In the first batch: a later one may be odd. */
static int check_codes(const struct learning *l, struct err *err) {
    if (l->all.count > 0 || l->dictionary->iteration > 0)
        return 0;
    return err_set(
        err, ERR_CONFIG,
        "dictionary.lambda: %g is so large that all codes of the first %lld states are "
        "zero; lower it",
        l->dictionary->lambda, (long long)l->how->batch);
}

static void note(struct learning *l) {
    struct dictionary *d = l->dictionary;
    float *point = d->curve + 2 * d->iteration;
    point[0] = (float)online_objective(l->online, d->lambda, l->x, &l->all);
    point[1] = (float)((double)l->all.count / (double)l->all.rows);
}

static void tell(const struct learning *l) {
    const struct dictionary *d = l->dictionary;
    const float *point = d->curve + 2 * (d->iteration - 1);
    if (comm_rank(l->states->comm) != 0 || l->how->every == 0 ||
        (d->iteration % l->how->every != 0 && d->iteration != d->iterations))
        return;
    printf("iteration %lld/%lld  objective %.5f  atoms in a code %.2f\n",
           (long long)d->iteration, (long long)d->iterations, (double)point[0],
           (double)point[1]);
    fflush(stdout);
}

static int iterate(struct learning *l, struct err *err) {
    struct picking picking = {.states = l->states};
    double start = timer_now();
    draw_begin(l, DRAW_PICK, l->online->iteration, &picking.rng);
    online_clean(l->online, pick, &picking);
    coder_renew(l->coder);
    double clean = timer_now();
    code_batch(l);
    if (check_codes(l, err) < 0)
        return -1;
    note(l);
    double coded = timer_now();
    online_step(l->online, l->x, &l->all);
    l->dictionary->iteration = l->online->iteration;
    l->report->coding += coded - clean;
    l->report->learning += timer_now() - coded + (clean - start);
    tell(l);
    return 0;
}

/* Whether this rank is to stop, or could not save. */
static int pause_between(struct learning *l, struct err *err) {
    if (l->dictionary->iteration == l->dictionary->iterations)
        return 0;
    if (signals_stop())
        return err_set(err, ERR_STOPPED,
                       "stopped after iteration %lld; start it again to go on",
                       (long long)l->dictionary->iteration);
    if (timer_now() - l->saved < l->how->save_seconds)
        return 0;
    return save(l, err);
}

static int run(struct learning *l, struct err *err) {
    struct comm *comm = l->states->comm;
    int rc = 0;
    while (rc == 0 && l->dictionary->iteration < l->dictionary->iterations) {
        rc = iterate(l, err);
        if (rc == 0)
            rc = comm_agree(comm, pause_between(l, err), err);
    }
    struct err other = {0};
    if (rc < 0 && err->code == ERR_STOPPED &&
        comm_agree(comm, save(l, &other), &other) < 0)
        *err = other;
    return rc;
}

/* ---- what became of the atoms ---- */

static void count_atoms(struct learning *l) {
    struct dictionary_report *report = l->report;
    const struct online *o = l->online;
    int64_t K = l->dictionary->K, pairs = 0;
    gram_make(K, l->dictionary->d, o->atoms, o->gram);
    for (int64_t i = 0; i < K; i++) {
        double own = o->gram[i * K + i];
        report->used += o->pairs[i * K + i] > 0;
        report->dead += own == 0;
        for (int64_t j = 0; j < i; j++) {
            double other = o->gram[j * K + j];
            if (own == 0 || other == 0)
                continue;
            double cosine = fabs(o->gram[i * K + j]) / sqrt(own * other);
            report->cosine_mean += cosine;
            report->cosine_most = fmax(report->cosine_most, cosine);
            pairs++;
        }
    }
    report->cosine_mean /= pairs > 0 ? (double)pairs : 1;
}

int learn_dictionary(const struct learn_dictionary *how, const struct states *states,
                     struct dictionary *dictionary, struct dictionary_report *report,
                     struct err *err) {
    struct learning l = {.how = how,
                         .states = states,
                         .dictionary = dictionary,
                         .report = report,
                         .saved = timer_now()};
    const struct online_options options = {dictionary->K, dictionary->d, how->batch,
                                           states->count, how->parity};
    double start = timer_now();
    *report = (struct dictionary_report){0};
    float *first = draw_first(&l);
    l.online = online_create(&options, first);
    mem_free(first);
    const struct coder_options coder = {CODER_EXACT,     dictionary->K,
                                        dictionary->d,   dictionary->lambda,
                                        l.online->atoms, l.online->gram};
    l.coder = coder_create(&coder);
    l.x = mem_alloc((size_t)how->batch, (size_t)dictionary->d * sizeof *l.x);
    draw_order(&l);
    take_dictionary(&l);
    int rc = run(&l, err);
    if (rc == 0)
        count_atoms(&l);
    report->seconds = timer_now() - start;
    keep_atoms(&l);
    online_destroy(l.online);
    coder_destroy(l.coder);
    codes_fini(&l.own);
    codes_fini(&l.all);
    mem_free(l.order);
    mem_free(l.x);
    return rc;
}
