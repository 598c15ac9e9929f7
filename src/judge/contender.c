/* SPDX-License-Identifier: Apache-2.0 */
/* The runs of a contender: see contender.h. */
#include "src/judge/contender.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"

bool contender_is_family(const struct predictions *set) {
    for (int i = 1; i < set->runs; i++)
        if (set->run[i].pretraining_seed != set->run[0].pretraining_seed)
            return true;
    return false;
}

/* One file, one model: what differs may only be seeds and rates. */
static int check_model(const struct predictions *set, bool family, struct err *err) {
    const struct prediction_run *first = &set->run[0];
    for (int i = 1; i < set->runs; i++) {
        const struct prediction_run *run = &set->run[i];
        bool same =
            family || slice_equal(str_slice(&run->release), str_slice(&first->release));
        if (!same || run->step != first->step)
            return err_set(err, ERR_DATA,
                           "%s: runs of several models (%s at step %" PRId64
                           ", %s at step %" PRId64 "); give a file for each",
                           set->name.data, first->release.data, first->step,
                           run->release.data, run->step);
    }
    return 0;
}

/* Of the runs that have a score; NaN where none has. */
static double mean_of_rate(const struct predictions *set, const double *scores,
                           double rate) {
    double sum = 0;
    int n = 0;
    for (int i = 0; i < set->runs; i++)
        if (set->run[i].rate == rate && isfinite(scores[i]))
            sum += scores[i], n++;
    return n > 0 ? sum / n : NAN;
}

static void choose_rate(struct contender *contender, const struct predictions *set,
                        const double *scores) {
    double best = NAN;
    for (int i = 0; i < set->runs; i++) {
        double rate = set->run[i].rate, mean = mean_of_rate(set, scores, rate);
        int before = 0;
        while (set->run[before].rate != rate)
            before++;
        if (before < i)
            continue; /* seen */
        contender->rates++;
        if (isnan(best) || mean > best)
            best = mean, contender->rate = rate;
    }
}

static int by_number(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int64_t seed_of(const struct prediction_run *run, enum contender_seed seed) {
    return seed == CONTENDER_PRETRAINING ? run->pretraining_seed : run->seed;
}

/* Whether a run takes part. */
static bool is_in(const struct contender *contender, const struct predictions *set,
                  int run) {
    return set->run[run].rate == contender->rate && isfinite(contender->scores[run]);
}

/* The seeds in order, each once, and every run's place among them. */
static void number_seeds(struct contender *contender, const struct predictions *set,
                         enum contender_seed seed) {
    int n = 0;
    contender->seeds = mem_alloc((size_t)set->runs, sizeof *contender->seeds);
    contender->seed_of = mem_alloc((size_t)set->runs, sizeof *contender->seed_of);
    for (int i = 0; i < set->runs; i++)
        if (is_in(contender, set, i))
            contender->seeds[n++] = seed_of(&set->run[i], seed);
    qsort(contender->seeds, (size_t)n, sizeof *contender->seeds, by_number);
    for (int i = 0; i < n; i++)
        if (i == 0 || contender->seeds[i] != contender->seeds[i - 1])
            contender->seeds[contender->seed_count++] = contender->seeds[i];
    for (int i = 0; i < set->runs; i++) {
        int64_t key = seed_of(&set->run[i], seed);
        const int64_t *at =
            bsearch(&key, contender->seeds, (size_t)contender->seed_count, sizeof key,
                    by_number);
        bool in = at && is_in(contender, set, i);
        contender->seed_of[i] = in ? (int)(at - contender->seeds) : -1;
    }
}

static void count_lost(struct contender *contender, const struct predictions *set,
                       enum contender_seed seed) {
    for (int i = 0; i < set->runs; i++) {
        if (set->run[i].rate != contender->rate || isfinite(contender->scores[i]))
            continue;
        str_printf(&contender->lost_seeds, "%s%" PRId64, contender->lost++ ? ", " : "",
                   seed_of(&set->run[i], seed));
    }
}

int contender_init(struct contender *contender, const struct predictions *set,
                   const double *scores, enum contender_seed seed, struct err *err) {
    size_t runs = (size_t)set->runs;
    *contender = (struct contender){.scores = mem_alloc(runs, sizeof *scores)};
    memcpy(contender->scores, scores, runs * sizeof *scores);
    if (check_model(set, seed == CONTENDER_PRETRAINING, err) < 0)
        return -1;
    choose_rate(contender, set, scores);
    number_seeds(contender, set, seed);
    count_lost(contender, set, seed);
    if (contender->seed_count > 0)
        return 0;
    return err_set(err, ERR_DATA,
                   "%s: no run has a score: answers that are no numbers, or all equal, "
                   "or fine-tunings that diverged",
                   set->name.data);
}

void contender_fini(struct contender *contender) {
    mem_free(contender->scores);
    mem_free(contender->seeds);
    mem_free(contender->seed_of);
    str_fini(&contender->lost_seeds);
    *contender = (struct contender){0};
}
