/* SPDX-License-Identifier: Apache-2.0 */
/* The multibootstrap: see bootstrap.h. */
#include "src/judge/bootstrap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/rng.h"

/* What is drawn: each has random numbers of its own. */
enum drawn { SEEDS_OF_A, SEEDS_OF_B, EXAMPLES };

/* counts[n] of n draws with replacement. */
static void draw(const struct bootstrap *b, enum drawn what, int64_t replicate,
                 int64_t n, double *counts) {
    struct rng rng;
    rng_init(&rng, b->seed, RNG_BOOTSTRAP, (uint64_t)what, (uint64_t)replicate);
    memset(counts, 0, (size_t)n * sizeof *counts);
    for (int64_t i = 0; i < n; i++)
        counts[rng_below(&rng, (uint64_t)n)]++;
}

/* Of scores[runs], the mean over seeds of the means over their runs; seeds that were
 * not drawn do not count, whatever their score.  NULL: all once. */
static double mean_of_seeds(const struct bootstrap_side *side, const double *scores,
                            const double *counts) {
    double sum = 0, all = 0;
    for (int seed = 0; seed < side->seeds; seed++) {
        double of_seed = 0, count = counts ? counts[seed] : 1;
        int n = 0;
        for (int run = 0; run < side->sheet->set->runs; run++)
            if (side->seed_of[run] == seed)
                of_seed += scores[run], n++;
        if (count > 0)
            sum += count * of_seed / n, all += count;
    }
    return sum / all;
}

void bootstrap_observe(const struct bootstrap *b, double scores[2]) {
    for (int i = 0; i < 2; i++) {
        const struct bootstrap_side *side = &b->side[i];
        double *runs = mem_alloc((size_t)side->sheet->set->runs, sizeof *runs);
        sheet_score(side->sheet, runs);
        scores[i] = mean_of_seeds(side, runs, NULL);
        mem_free(runs);
    }
}

/* Side i of replicates from `first` on, whose examples were drawn. */
static void replicate_side(const struct bootstrap *b, int i, int64_t first, int count,
                           const double *weights, double (*scores)[2]) {
    const struct bootstrap_side *side = &b->side[i];
    const int runs = side->sheet->set->runs;
    const enum drawn what = b->paired || i == 0 ? SEEDS_OF_A : SEEDS_OF_B;
    double *seeds = mem_alloc((size_t)side->seeds, sizeof *seeds);
    double *of_runs = mem_alloc((size_t)count * (size_t)runs, sizeof *of_runs);
    sheet_scores(side->sheet, weights, count, of_runs);
    for (int k = 0; k < count; k++) {
        if (b->draw_seeds)
            draw(b, what, first + k, side->seeds, seeds);
        scores[k][i] =
            mean_of_seeds(side, of_runs + k * runs, b->draw_seeds ? seeds : NULL);
    }
    mem_free(seeds);
    mem_free(of_runs);
}

void bootstrap_replicate(const struct bootstrap *b, int64_t first, int count,
                         double (*scores)[2]) {
    const int64_t n = b->side[0].sheet->set->examples;
    double *weights = mem_alloc((size_t)count * (size_t)n, sizeof *weights);
    for (int k = 0; k < count; k++) {
        if (b->draw_examples)
            draw(b, EXAMPLES, first + k, n, weights + k * n);
        for (int64_t i = 0; !b->draw_examples && i < n; i++)
            weights[k * n + i] = 1;
    }
    for (int i = 0; i < 2; i++)
        replicate_side(b, i, first, count, weights, scores);
    mem_free(weights);
}

/* ---- summary ---- */

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* numpy.quantile(method="linear") of sorted numbers. */
static double quantile(const double *sorted, int64_t n, double q) {
    double place = q * (double)(n - 1);
    int64_t low = (int64_t)place;
    double part = place - (double)low;
    return low + 1 < n ? sorted[low] + part * (sorted[low + 1] - sorted[low])
                       : sorted[low];
}

static struct bootstrap_spread spread_of(double *values, int64_t n) {
    struct bootstrap_spread spread = {NAN, NAN, NAN, NAN};
    double sum = 0, squares = 0;
    if (n == 0)
        return spread;
    qsort(values, (size_t)n, sizeof *values, by_value);
    for (int64_t i = 0; i < n; i++)
        sum += values[i];
    spread.mean = sum / (double)n;
    for (int64_t i = 0; i < n; i++)
        squares += (values[i] - spread.mean) * (values[i] - spread.mean);
    spread.deviation = n > 1 ? sqrt(squares / (double)(n - 1)) : 0;
    spread.low = quantile(values, n, .025);
    spread.high = quantile(values, n, .975);
    return spread;
}

struct bootstrap_summary bootstrap_summarize(const double *scores, int64_t replicates) {
    struct bootstrap_summary summary = {.replicates = replicates, .p = NAN};
    double *values[3]; /* A, B, B - A */
    int64_t n = 0, not_above = 0;
    for (int k = 0; k < 3; k++)
        values[k] = mem_alloc((size_t)replicates, sizeof(double));
    for (int64_t i = 0; i < replicates; i++) {
        double a = scores[2 * i], b = scores[2 * i + 1];
        if (isnan(a) || isnan(b))
            continue;
        values[0][n] = a, values[1][n] = b, values[2][n] = b - a;
        not_above += b - a <= 0;
        n++;
    }
    for (int k = 0; k < 3; k++) {
        *(k < 2 ? &summary.side[k] : &summary.delta) = spread_of(values[k], n);
        mem_free(values[k]);
    }
    summary.undefined = replicates - n;
    if (n > 0)
        summary.p = (double)(not_above > 0 ? not_above : 1) / (double)n;
    return summary;
}
