/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert compare: whether B is really better than A, or only luckier in its seeds and
 * examples.  Ranks share the replicates; what is printed does not tell how many ranks
 * there were. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/syntax/json.h"
#include "mpi/agree.h"
#include "src/base/log.h"
#include "src/base/mem.h"
#include "src/cli/args.h"
#include "src/cli/command.h"
#include "src/cli/job.h"
#include "src/cli/number.h"
#include "src/judge/contest.h"

/* What the command line asks for. */
struct question {
    struct words paths;
    const char *task, *metric;
    int64_t replicates, seed;
    bool paired, unpaired, seeds_only, examples_only, json;
};

/* One contest that was held. */
struct verdict {
    const char *paths[2];
    struct contest contest;
    struct bootstrap_summary summary;
};

struct verdicts {
    struct verdict *list; /* owned */
    int count;
};

/* ---- numbers as people read them ---- */

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

static void print_text(const struct verdicts *verdicts) {
    for (int i = 0; i < verdicts->count; i++) {
        const struct verdict *v = &verdicts->list[i];
        printf("%s%s, %s\n", i ? "\n" : "", v->contest.set[0]->name.data,
               v->contest.metric->title);
        print_side(v, 0);
        print_side(v, 1);
        print_verdict(v);
        print_drawn(v);
        print_lone(v);
    }
}

/* ---- JSON ---- */

static void put_delta(struct json_writer *w, const struct verdict *v) {
    number_put(w, "delta", v->contest.observed[1] - v->contest.observed[0]);
    number_put(w, "low", v->summary.delta.low);
    number_put(w, "high", v->summary.delta.high);
    number_put(w, "p", v->summary.p);
}

static void put_side(struct json_writer *w, const struct verdict *v, int i) {
    const struct bootstrap_spread *spread = &v->summary.side[i];
    json_open(w, i ? "b" : "a", '{');
    if (json_is_text(slice_of(v->paths[i])))
        json_put_string(w, "path", slice_of(v->paths[i]));
    json_put_int(w, "seeds", v->contest.contender[i].seed_count);
    number_put(w, "score", v->contest.observed[i]);
    number_put(w, "mean", spread->mean);
    number_put(w, "std", spread->deviation);
    number_put(w, "low", spread->low);
    number_put(w, "high", spread->high);
    if (v->contest.contender[i].rates > 1)
        number_put(w, "rate", v->contest.contender[i].rate);
    json_close(w, '}');
}

static void put_verdict(struct json_writer *w, const struct verdict *v) {
    json_open(w, NULL, '{');
    json_put_string(w, "task", str_slice(&v->contest.set[0]->name));
    json_put_string(w, "metric", slice_of(v->contest.metric->name));
    put_delta(w, v);
    number_put(w, "mean", v->summary.delta.mean);
    number_put(w, "std", v->summary.delta.deviation);
    json_put_bool(w, "paired", v->contest.bootstrap.paired);
    json_put_bool(w, "seeds_drawn", v->contest.bootstrap.draw_seeds);
    json_put_bool(w, "examples_drawn", v->contest.bootstrap.draw_examples);
    json_put_int(w, "examples", v->contest.set[0]->examples);
    json_put_int(w, "replicates", v->summary.replicates);
    json_put_int(w, "undefined", v->summary.undefined);
    put_side(w, v, 0);
    put_side(w, v, 1);
    json_close(w, '}');
}

/* The first comparison's numbers, then all comparisons. */
static void print_json(const struct verdicts *verdicts) {
    struct str out = {0};
    struct json_writer w = {.out = &out};
    json_open(&w, NULL, '{');
    put_delta(&w, &verdicts->list[0]);
    json_open(&w, "comparisons", '[');
    for (int i = 0; i < verdicts->count; i++)
        put_verdict(&w, &verdicts->list[i]);
    json_close(&w, ']');
    json_close(&w, '}');
    printf("%s\n", out.data);
    str_fini(&out);
}

/* ---- contests ---- */

static const struct metric *metric_of(const struct predictions *set,
                                      const struct question *q, struct err *err) {
    struct slice names = str_slice(&set->metrics), first = {"", 0};
    if (q->metric)
        return metric_find(slice_of(q->metric), err);
    slice_field(&names, ' ', &first);
    const struct metric *metric = metric_find(first, err);
    if (metric == NULL) /* of the file's, so its fault */
        err->code = ERR_DATA;
    return metric;
}

static int add_verdict(struct verdicts *verdicts, const struct predictions *a,
                       const struct predictions *b, const struct question *q,
                       const char *const paths[2], struct err *err) {
    struct verdict v = {.paths = {paths[0], paths[1]}};
    const struct contest_options options = {.pairing = q->paired     ? CONTEST_PAIRED
                                                       : q->unpaired ? CONTEST_UNPAIRED
                                                                     : CONTEST_AUTO,
                                            .seeds_only = q->seeds_only,
                                            .examples_only = q->examples_only,
                                            .seed = (uint64_t)q->seed};
    const struct metric *metric = metric_of(a, q, err);
    if (metric == NULL)
        return -1;
    if (contest_init(&v.contest, a, b, metric, &options, err) < 0) {
        contest_fini(&v.contest);
        return err_prefix(err, "%s (A) and %s (B), %s", paths[0], paths[1],
                          a->name.data);
    }
    int n = verdicts->count++;
    verdicts->list = mem_resize(verdicts->list, (size_t)n + 1, sizeof *verdicts->list);
    verdicts->list[n] = v;
    /* its bootstrap leads to the sheets of the copy */
    for (int i = 0; i < 2; i++)
        verdicts->list[n].contest.bootstrap.side[i].sheet =
            &verdicts->list[n].contest.sheet[i];
    return 0;
}

static const struct predictions *find_set(const struct prediction_sets *sets,
                                          const struct predictions *like) {
    for (int i = 0; i < sets->count; i++)
        if (slice_equal(str_slice(&sets->sets[i].name), str_slice(&like->name)))
            return &sets->sets[i];
    return NULL;
}

/* "rte" of "rte", "rte/accuracy", "rte-matched" is not. */
static bool is_asked(const struct predictions *set, const char *task) {
    size_t n = task ? strlen(task) : 0;
    if (task == NULL)
        return true;
    return strncmp(set->name.data, task, n) == 0 &&
           (set->name.data[n] == '\0' || set->name.data[n] == '/');
}

/* All tasks that both have. */
static int match(struct verdicts *verdicts, const struct prediction_sets *a,
                 const struct prediction_sets *b, const struct question *q,
                 const char *const paths[2], struct err *err) {
    int before = verdicts->count, rc = 0;
    struct str alone = {0};
    for (int i = 0; i < a->count; i++) {
        const struct predictions *set = &a->sets[i], *other = find_set(b, set);
        if (!is_asked(set, q->task))
            continue;
        if (other == NULL)
            str_printf(&alone, " %s", set->name.data);
        else if (rc == 0)
            rc = add_verdict(verdicts, set, other, q, paths, err);
    }
    bool some = verdicts->count > before;
    if (some && alone.size > 0 && log_rank() == 0)
        log_warn("%s has what %s has not:%s", paths[0], paths[1], alone.data);
    str_fini(&alone);
    if (rc < 0 || some)
        return rc;
    return err_set(err, ERR_DATA, "%s and %s: no task%s%s is in both", paths[0],
                   paths[1], q->task ? " named " : "", q->task ? q->task : "");
}

/* Contests of the first with each of the others. */
static int arrange(struct verdicts *verdicts, struct prediction_sets *sets,
                   const struct question *q, struct err *err) {
    const char *paths[2] = {q->paths.list[0]};
    for (int i = 0; i < q->paths.count; i++)
        if (contender_read(q->paths.list[i], &sets[i], err) < 0)
            return -1;
    for (int i = 1; i < q->paths.count; i++) {
        paths[1] = q->paths.list[i];
        if (match(verdicts, &sets[0], &sets[i], q, paths, err) < 0)
            return -1;
    }
    return 0;
}

/* Collective.  Each rank's replicates are zeros on the others: the sum is exact. */
static void hold(struct verdict *v, struct comm *comm, int64_t replicates) {
    double *scores = mem_alloc((size_t)replicates, 2 * sizeof *scores);
    for (int64_t r = comm_rank(comm); r < replicates; r += comm_size(comm))
        bootstrap_replicate(&v->contest.bootstrap, r, scores + 2 * r);
    comm_sum_f64(comm, scores, (size_t)replicates * 2);
    v->summary = bootstrap_summarize(scores, replicates);
    mem_free(scores);
}

static int run(struct comm *comm, const struct question *q, struct err *err) {
    struct verdicts verdicts = {0};
    struct prediction_sets *sets = mem_alloc((size_t)q->paths.count, sizeof *sets);
    int rc = comm_agree(comm, arrange(&verdicts, sets, q, err), err);
    for (int i = 0; rc == 0 && i < verdicts.count; i++)
        hold(&verdicts.list[i], comm, q->replicates);
    if (rc == 0 && comm_rank(comm) == 0 && q->json)
        print_json(&verdicts);
    else if (rc == 0 && comm_rank(comm) == 0)
        print_text(&verdicts);
    for (int i = 0; i < verdicts.count; i++)
        contest_fini(&verdicts.list[i].contest);
    for (int i = 0; i < q->paths.count; i++)
        prediction_sets_fini(&sets[i]);
    mem_free(verdicts.list);
    mem_free(sets);
    return rc;
}

static int check(const struct question *q, struct err *err) {
    if (q->paired && q->unpaired)
        return err_set(err, ERR_USAGE, "compare: --paired or --unpaired, not both");
    if (q->seeds_only && q->examples_only)
        return err_set(err, ERR_USAGE,
                       "compare: --seeds-only or --examples-only, not both");
    if (q->replicates < 1 || q->replicates > 10000000)
        return err_set(err, ERR_USAGE,
                       "compare: --replicates must be between 1 and 10000000");
    return q->seed >= 0 ? 0 : err_set(err, ERR_USAGE, "compare: --seed is negative");
}

int cmd_compare(int argc, char **argv, struct err *err) {
    struct question q = {.replicates = 1000};
    const struct arg table[] = {
        {"--task", ARG_TEXT, &q.task, "compare on this task alone"},
        {"--metric", ARG_TEXT, &q.metric, "by this metric, not the task's first"},
        {"--paired", ARG_FLAG, &q.paired, "seed k of A belongs to seed k of B"},
        {"--unpaired", ARG_FLAG, &q.unpaired,
         "it does not, though the seeds are equal"},
        {"--seeds-only", ARG_FLAG, &q.seeds_only, "draw seeds, not examples"},
        {"--examples-only", ARG_FLAG, &q.examples_only, "draw examples, not seeds"},
        {"--replicates", ARG_INT, &q.replicates, "how often to draw (1000)"},
        {"--seed", ARG_INT, &q.seed, "of the draws (0)"},
        {"--json", ARG_FLAG, &q.json, "one JSON object on standard output"},
        {NULL, ARG_FLAG, NULL, NULL}};
    struct args args = {.command = "compare", .table = table, .least = 2, .most = 1000};
    struct comm *comm;
    int rc = args_parse(&args, argc, argv, err);
    if (args.help) {
        args_fini(&args);
        return 0;
    }
    if (rc == 0)
        rc = check(&q, err);
    rc = job_begin(&comm, argc, argv, rc, err);
    q.paths = args.words;
    if (rc == 0)
        rc = run(comm, &q, err);
    rc = job_end(comm, rc, err);
    args_fini(&args);
    return rc;
}
