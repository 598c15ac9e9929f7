/* SPDX-License-Identifier: Apache-2.0 */
/* Comparisons in words: see compare_print.h. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "src/cli/compare_print.h"

/* Shares are told in points: hundredths. */
static double unit_of(const struct verdict *v) {
    bool share =
        v->contest.metric->kinds != 1u << PREDICTIONS_SCORES ||
        (fabs(v->contest.observed[0]) <= 1 && fabs(v->contest.observed[1]) <= 1);
    return share ? 100 : 1;
}

static void print_side(const struct verdict *v, int i) {
    const struct bootstrap_spread *spread = &v->summary.side[i];
    const struct contender *contender = &v->contest.contender[i];
    double unit = unit_of(v);
    printf("  %c %7.2f  95 %% interval %.2f … %.2f  %s", "AB"[i],
           unit * v -> contest.observed[i], unit * spread->low, unit * spread->high,
           v->paths[i]);
    if (contender->rates > 1)
        printf(" (learning rate %g, the best of %d)", contender->rate,
               contender->rates);
    printf("\n");
}

static void print_basis(const struct verdict *v) {
    const struct contest *c = &v->contest;
    const char *of = c->of_seeds == CONTENDER_PRETRAINING ? "pretraining seed" : "seed";
    int a = c->contender[0].seed_count, b = c->contender[1].seed_count;
    if (a == b)
        printf("over %d %s%s%s", a, of, a == 1 ? "" : "s",
               a == 1                ? ""
               : c->bootstrap.paired ? ", paired,"
                                     : ", not paired,");
    else
        printf("over %d and %d %ss, not paired,", a, b, of);
    printf(" and %" PRId64 " example%s", c->set[0]->examples,
           c->set[0]->examples == 1 ? "" : "s");
}

/* Scores of a user's own may be better when they are lower. */
static const char *relation(const struct verdict *v, bool above) {
    bool own = v->contest.metric->kinds == 1u << PREDICTIONS_SCORES;
    return above ? (own ? "higher" : "better") : (own ? "lower" : "worse");
}

static void print_verdict(const struct verdict *v) {
    const struct bootstrap_spread *delta = &v->summary.delta;
    double unit = unit_of(v);
    double seen = unit * (v->contest.observed[1] - v->contest.observed[0]);
    const char *points = unit == 100 ? " points" : "";
    if (delta->low > 0 || delta->high < 0)
        printf("  B is %s than A by %.2f%s; ", relation(v, seen > 0), fabs(seen),
               points);
    else if (delta->low == 0 && delta->high == 0)
        printf("  A and B are equal in all draws; ");
    else
        printf("  no difference is shown: B is %.2f%s %s than A; ", fabs(seen), points,
               relation(v, seen > 0));
    printf("95 %% interval %.2f … %.2f; p %s %.3g; ", unit * delta->low,
           unit * delta->high,
           v->summary.p * (double)v->summary.replicates > 1.5 ? "=" : "≤",
           v->summary.p);
    print_basis(v);
    printf("\n");
}

static void print_drawn(const struct verdict *v) {
    const struct bootstrap *b = &v->contest.bootstrap;
    printf("  (%" PRId64 " replicates draw %s; p: the share of them in which B is not "
           "above A)\n",
           v->summary.replicates,
           b->draw_seeds && b->draw_examples ? "seeds and examples"
           : b->draw_seeds                   ? "seeds alone"
           : b->draw_examples                ? "examples alone"
                                             : "nothing");
    if (v->summary.undefined > 0)
        printf("  (%" PRId64 " of them left out: %s is not defined for what was "
               "drawn)\n",
               v->summary.undefined, v->contest.metric->title);
}

/* A seed that cannot be another spreads over nothing. */
static void print_lone(const struct verdict *v) {
    const struct contest *c = &v->contest;
    for (int i = 0; c->bootstrap.draw_seeds && i < 2; i++)
        if (c->contender[i].seed_count == 1)
            printf("  (one seed of %c: what other seeds would give is not in the "
                   "interval)\n",
                   "AB"[i]);
}

/* Who leaves out what failed, judges what succeeded. */
static void print_lost(const struct verdict *v) {
    for (int i = 0; i < 2; i++) {
        const struct contender *c = &v->contest.contender[i];
        if (c->lost > 0)
            printf("  (%d run%s of %c left out, without a score: seed%s %s; what is "
                   "left may be too good)\n",
                   c->lost, c->lost == 1 ? "" : "s", "AB"[i], c -> lost == 1 ? "" : "s",
                   c->lost_seeds.data);
    }
}

/* ---- each run's score ---- */

static void print_row(const struct verdict *v, int side, int seed) {
    const struct contender *c = &v->contest.contender[side];
    double unit = unit_of(v), sum = 0, squares = 0;
    int runs = v->contest.set[side]->runs, n = 0;
    for (int i = 0; i < runs; i++)
        if (c->seed_of[i] == seed)
            sum += unit * c->scores[i], n++;
    double mean = sum / n;
    for (int i = 0; i < runs; i++)
        if (c->seed_of[i] == seed)
            squares += pow(unit * c->scores[i] - mean, 2);
    printf("  %c %10" PRId64 " %8.2f %8.2f ", "AB"[side], c -> seeds[seed], mean,
           n > 1 ? sqrt(squares / (n - 1)) : 0);
    for (int i = 0; i < runs; i++)
        if (c->seed_of[i] == seed)
            printf(" %7.2f", unit * c->scores[i]);
    printf("\n");
}

/* A row a seed that is drawn, its runs beside each other. */
static void print_table(const struct verdict *v) {
    bool family = v->contest.of_seeds == CONTENDER_PRETRAINING;
    printf("    %10s %8s %8s  %s\n", family ? "pretrained" : "seed", "mean", "std",
           family ? "fine-tunings" : "runs");
    for (int side = 0; side < 2; side++)
        for (int seed = 0; seed < v->contest.contender[side].seed_count; seed++)
            print_row(v, side, seed);
}

void compare_print_text(const struct verdicts *verdicts, bool table) {
    for (int i = 0; i < verdicts->count; i++) {
        const struct verdict *v = &verdicts->list[i];
        printf("%s%s, %s\n", i ? "\n" : "", v->contest.set[0]->name.data,
               v->contest.metric->title);
        if (table)
            print_table(v);
        print_side(v, 0);
        print_side(v, 1);
        print_verdict(v);
        print_drawn(v);
        print_lone(v);
        print_lost(v);
    }
}
