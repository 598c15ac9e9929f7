/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert compare: whether B is really better than A, or only luckier in its seeds and
 * examples.  Ranks share the replicates; what is printed does not tell how many ranks
 * there were. */
#include <string.h>

#include "mpi/agree.h"
#include "mpi/same.h"
#include "src/base/hash.h"
#include "src/base/log.h"
#include "src/base/mem.h"
#include "src/cli/args.h"
#include "src/cli/command.h"
#include "src/cli/compare_print.h"
#include "src/cli/job.h"

/* What the command line asks for. */
struct question {
    struct words paths;
    const char *task, *metric;
    int64_t replicates, seed;
    bool paired, unpaired, seeds_only, examples_only, table, json, tsv;
};

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
    if (some && alone.size > 0)
        log_warn_once("%s has what %s has not:%s", paths[0], paths[1], alone.data);
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

/* ---- the same on all hosts ---- */

/* What a set holds, but for the models' names, which may be paths. */
static void add_set(struct str *facts, const char *path,
                    const struct predictions *set) {
    struct hasher *hasher = hasher_create();
    struct str name = {0};
    char hex[HASH_HEX_SIZE];
    size_t questions = (size_t)set->questions;
    if (set->gold)
        hasher_update(hasher, set->gold, questions * sizeof *set->gold);
    hasher_update(hasher, set->predicted,
                  (size_t)set->runs * questions * sizeof *set->predicted);
    for (int i = 0; i < set->runs; i++) {
        const struct prediction_run *r = &set->run[i];
        const double identity[] = {(double)r->pretraining_seed, (double)r->step,
                                   r->rate, (double)r->seed};
        hasher_update(hasher, identity, sizeof identity);
    }
    hash_hex(hasher_digest(hasher), hex);
    hasher_destroy(hasher);
    str_printf(&name, "%s, %s", path, set->name.data);
    same_add(facts, name.data, "of hash %s", hex);
    str_fini(&name);
}

static int same_answers(struct comm *comm, const struct question *q,
                        const struct prediction_sets *sets, struct err *err) {
    struct str facts = {0};
    for (int i = 0; i < q->paths.count; i++)
        for (int k = 0; k < sets[i].count; k++)
            add_set(&facts, q->paths.list[i], &sets[i].sets[k]);
    int rc = same_check(comm, &facts, "all hosts must have the same files", err);
    str_fini(&facts);
    return rc;
}

/* ---- the whole ---- */

static void print(const struct verdicts *verdicts, const struct question *q) {
    if (q->json)
        compare_print_json(verdicts);
    else if (q->tsv)
        compare_print_tsv(verdicts);
    else
        compare_print_text(verdicts, q->table);
}

static int run(struct comm *comm, const struct question *q, struct err *err) {
    struct verdicts verdicts = {0};
    struct prediction_sets *sets = mem_alloc((size_t)q->paths.count, sizeof *sets);
    int rc = comm_agree(comm, arrange(&verdicts, sets, q, err), err);
    if (rc == 0)
        rc = same_answers(comm, q, sets, err);
    for (int i = 0; rc == 0 && i < verdicts.count; i++)
        hold(&verdicts.list[i], comm, q->replicates);
    if (rc == 0 && comm_rank(comm) == 0)
        print(&verdicts, q);
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
    if (q->table + q->json + q->tsv > 1)
        return err_set(err, ERR_USAGE,
                       "compare: --table, --json or --tsv, one of them");
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
        {"--table", ARG_FLAG, &q.table, "with each run's score, a row a seed"},
        {"--tsv", ARG_FLAG, &q.tsv, "a line a comparison, separated by tabs"},
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
