/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: the four cases of the multibootstrap whose result is known without it: answers
 * that are all right, one seed a side (the ordinary bootstrap of examples), seeds
 * alone, and two sides that are one; and a replicate depends on its number alone. */
#include "src/judge/bootstrap.h"

#include <math.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/rng.h"
#include "tests/tap.h"

enum { REPLICATES = 4000, SEEDS = 6, EXAMPLES = 200 };

static const int seed_of[SEEDS] = {0, 1, 2, 3, 4, 5};

/* A side of the test: labels 0 and 1, of which a share is right. */
struct fixture {
    struct predictions set;
    struct sheet sheet;
};

static void begin(struct fixture *f) {
    f->set = (struct predictions){.kind = PREDICTIONS_LABELS};
    str_append(&f->set.name, "set", 3);
    predictions_add_label(&f->set, slice_of("no"));
    predictions_add_label(&f->set, slice_of("yes"));
    for (int i = 0; i < EXAMPLES; i++)
        *predictions_add_example(&f->set, 1) = (float)(i % 2);
}

/* A run of which about `share` is right: 1, 0 exactly. */
static void add(struct fixture *f, double share, uint64_t which) {
    struct rng rng;
    rng_init(&rng, 5, RNG_TEST, which, 0);
    float *answers = predictions_add_run(&f->set, &(struct prediction_run){0});
    for (int i = 0; i < EXAMPLES; i++)
        answers[i] = rng_uniform(&rng) < share ? f->set.gold[i] : 1 - f->set.gold[i];
}

static void end(struct fixture *f, const char *metric) {
    struct err err = {0};
    is_int(sheet_init(&f->sheet, &f->set, metric_find(slice_of(metric), &err), &err), 0,
           "a sheet %s", err.text);
}

static void fini(struct fixture *f) {
    sheet_fini(&f->sheet);
    predictions_fini(&f->set);
}

static struct bootstrap of(struct fixture *a, struct fixture *b) {
    return (struct bootstrap){
        .side = {{&a->sheet, a->set.runs, seed_of}, {&b->sheet, b->set.runs, seed_of}},
        .paired = a->set.runs == b->set.runs,
        .draw_seeds = true,
        .draw_examples = true,
        .seed = 1};
}

static struct bootstrap_summary hold(const struct bootstrap *b) {
    double(*scores)[2] = mem_alloc(REPLICATES, sizeof *scores);
    bootstrap_replicate(b, 0, REPLICATES, scores);
    struct bootstrap_summary summary = bootstrap_summarize(scores[0], REPLICATES);
    mem_free(scores);
    return summary;
}

/* A deviation estimated from n replicates is itself uncertain by 1 / sqrt(2 n). */
static bool is_deviation(double got, double want) {
    return fabs(got / want - 1) < 4 / sqrt(2. * REPLICATES);
}

static void test_all_right(const char *metric) {
    struct fixture f;
    begin(&f);
    for (int i = 0; i < SEEDS; i++)
        add(&f, 1, 0);
    end(&f, metric);
    struct bootstrap b = of(&f, &f);
    b.paired = false;
    struct bootstrap_summary s = hold(&b);
    ok(s.side[0].low == 1 && s.side[1].high == 1 && s.side[0].deviation == 0,
       "%s: all right: always 1", metric);
    ok(s.p == 1 && s.delta.mean == 0, "%s: and no better than itself", metric);
    fini(&f);
}

static void test_one_seed(void) {
    struct fixture a, b;
    begin(&a), begin(&b);
    add(&a, .7, 1), add(&b, .8, 2);
    end(&a, "accuracy"), end(&b, "accuracy");
    struct bootstrap both = of(&a, &b);
    struct bootstrap_summary s = hold(&both);
    double scores[2];
    bootstrap_observe(&both, scores);
    for (int i = 0; i < 2; i++) {
        double p = scores[i], want = sqrt(p * (1 - p) / EXAMPLES);
        ok(is_deviation(s.side[i].deviation, want), "side %d: deviation %g of %g", i,
           s.side[i].deviation, want);
        ok(fabs(s.side[i].mean - p) < 4 * want / sqrt(REPLICATES), "mean %g of %g",
           s.side[i].mean, p);
        ok(fabs(s.side[i].low - (p - 1.96 * want)) < .3 * want, "low %g",
           s.side[i].low);
        ok(fabs(s.side[i].high - (p + 1.96 * want)) < .3 * want, "high %g",
           s.side[i].high);
    }
    fini(&a), fini(&b);
}

static void test_seeds_alone(void) {
    struct fixture a;
    begin(&a);
    for (int i = 0; i < SEEDS; i++)
        add(&a, i < 2 ? 0 : 1, 0); /* scores 0 0 1 1 1 1 */
    end(&a, "accuracy");
    struct bootstrap both = of(&a, &a);
    both.draw_examples = both.paired = false;
    struct bootstrap_summary s = hold(&both);
    double p = 2. / 3, want = sqrt(p * (1 - p) / SEEDS);
    for (int i = 0; i < 2; i++)
        ok(is_deviation(s.side[i].deviation, want), "seeds: deviation %g of %g",
           s.side[i].deviation, want);
    ok(is_deviation(s.delta.deviation, want * sqrt(2)),
       "unpaired sides are drawn apart: %g", s.delta.deviation);
    both.draw_seeds = false;
    s = hold(&both);
    ok(s.side[0].deviation < 1e-12 && fabs(s.side[0].mean - p) < 1e-12,
       "nothing drawn: nothing spreads");
    fini(&a);
}

static void test_same_side(const char *metric) {
    struct fixture f;
    begin(&f);
    for (int i = 0; i < SEEDS; i++)
        add(&f, .6 + .05 * i, (uint64_t)i);
    end(&f, metric);
    struct bootstrap b = of(&f, &f);
    struct bootstrap_summary s = hold(&b);
    ok(s.delta.low == 0 && s.delta.high == 0 && s.delta.deviation == 0 && s.p == 1,
       "%s: paired with itself: no difference ever", metric);
    ok(s.side[0].deviation > 0, "%s: though the sides spread", metric);
    double first[1][2], again[5][2], other[1][2];
    bootstrap_replicate(&b, 17, 1, first);
    bootstrap_replicate(&b, 15, 5, again);
    ok(memcmp(first[0], again[2], sizeof first) == 0, "a replicate is its number");
    ok(memcmp(first[0], again[3], sizeof first) != 0, "and another another");
    b.seed = 2;
    bootstrap_replicate(&b, 17, 1, other);
    ok(memcmp(first, other, sizeof first) != 0, "and of its seed");
    fini(&f);
}

/* Runs that do not take part, and several runs of a seed. */
static void test_runs(void) {
    static const int seeds[SEEDS] = {0, 0, -1, 1, -1, 1};
    struct fixture f;
    begin(&f);
    for (int i = 0; i < SEEDS; i++)
        add(&f, i == 1 || i == 2 ? 0 : 1, 0); /* seed 0: 1 0; seed 1: 1 1 */
    end(&f, "accuracy");
    struct bootstrap b = of(&f, &f);
    double scores[2];
    b.side[0].seed_of = seeds, b.side[0].seeds = 2;
    bootstrap_observe(&b, scores);
    ok(scores[0] == .75, "the mean of seeds' means: %g", scores[0]);
    fini(&f);
}

static void test_summary(void) {
    const double some[][2] = {{0, 3}, {0, 1}, {0, NAN}, {0, 2}, {0, 5}, {0, 4}};
    struct bootstrap_summary s = bootstrap_summarize(some[0], 6);
    is_int(s.undefined, 1, "one is left out");
    ok(fabs(s.delta.low - 1.1) < 1e-12 && fabs(s.delta.high - 4.9) < 1e-12,
       "numpy's linear quantiles: %g %g", s.delta.low, s.delta.high);
    ok(s.p == .2, "p is never less than one replicate: %g", s.p);
    const double none[][2] = {{NAN, 1}};
    s = bootstrap_summarize(none[0], 1);
    ok(isnan(s.p) && isnan(s.delta.mean) && s.undefined == 1, "none is left");
}

int main(void) {
    static const char *const names[] = {"accuracy", "f1_macro", "matthews"};
    for (int i = 0; i < 3; i++) {
        test_all_right(names[i]);
        test_same_side(names[i]);
    }
    test_one_seed();
    test_seeds_alone();
    test_runs();
    test_summary();
    return tap_done();
}
