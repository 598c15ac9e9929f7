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

struct request {
    const char *task, *metric;
    int64_t replicates, seed;
    bool paired, unpaired, seeds_only, examples_only, table, json, tsv;
};

/* ---- contests ---- */

static const struct metric *metric_of(const struct predictions *set,
                                      const struct request *r, struct err *err) {
    struct slice names = str_slice(&set->metrics), first = {"", 0};
    if (r->metric)
        return metric_find(slice_of(r->metric), err);
    slice_field(&names, ' ', &first);
    const struct metric *metric = metric_find(first, err);
    if (metric == NULL) /* of the file's, so its fault */
        err->code = ERR_DATA;
    return metric;
}

static int add_verdict(struct verdicts *verdicts, const struct predictions *a,
                       const struct predictions *b, const struct request *r,
                       const char *const paths[2], struct err *err) {
    struct verdict *v = &verdicts->list[verdicts->count];
    const struct contest_options options = {.pairing = r->paired     ? CONTEST_PAIRED
                                                       : r->unpaired ? CONTEST_UNPAIRED
                                                                     : CONTEST_AUTO,
                                            .seeds_only = r->seeds_only,
                                            .examples_only = r->examples_only,
                                            .seed = (uint64_t)r->seed};
    const struct metric *metric = metric_of(a, r, err);
    *v = (struct verdict){.paths = {paths[0], paths[1]}};
    if (metric == NULL)
        return -1;
    if (contest_init(&v->contest, a, b, metric, &options, err) < 0) {
        contest_fini(&v->contest);
        return err_prefix(err, "%s (A) and %s (B), %s", paths[0], paths[1],
                          a->name.data);
    }
    verdicts->count++;
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
                 const struct prediction_sets *b, const struct request *r,
                 const char *const paths[2], struct err *err) {
    int before = verdicts->count, rc = 0;
    struct str alone = {0};
    for (int i = 0; i < a->count; i++) {
        const struct predictions *set = &a->sets[i], *other = find_set(b, set);
        if (!is_asked(set, r->task))
            continue;
        if (other == NULL)
            str_printf(&alone, " %s", set->name.data);
        else if (rc == 0)
            rc = add_verdict(verdicts, set, other, r, paths, err);
    }
    bool some = verdicts->count > before;
    if (some && alone.size > 0)
        log_warn_once("%s has what %s has not:%s", paths[0], paths[1], alone.data);
    str_fini(&alone);
    if (rc < 0 || some)
        return rc;
    return err_set(err, ERR_DATA, "%s and %s: no task%s%s is in both", paths[0],
                   paths[1], r->task ? " named " : "", r->task ? r->task : "");
}

/* Contests of the first with each of the others. */
static int arrange(struct verdicts *verdicts, struct prediction_sets *sets,
                   const struct args *args, struct err *err) {
    char **names = args->words.list;
    const char *paths[2] = {names[0]};
    for (int i = 0; i < args->words.count; i++)
        if (contender_read(names[i], &sets[i], err) < 0)
            return -1;
    /* A contest leads to parts of itself: it stays where it begins. */
    verdicts->list = mem_alloc((size_t)(sets[0].count * (args->words.count - 1)),
                               sizeof *verdicts->list);
    for (int i = 1; i < args->words.count; i++) {
        paths[1] = names[i];
        if (match(verdicts, &sets[0], &sets[i], args->request, paths, err) < 0)
            return -1;
    }
    return 0;
}

/* Collective.  Each rank's replicates are zeros on the others: the sum is exact. */
static void hold(struct verdict *v, struct comm *comm, int64_t replicates) {
    enum { AT_ONCE = 16 };
    double(*scores)[2] = mem_alloc((size_t)replicates, sizeof *scores);
    for (int64_t r = comm_rank(comm) * AT_ONCE; r < replicates;
         r += comm_size(comm) * AT_ONCE) {
        int64_t left = replicates - r;
        bootstrap_replicate(&v->contest.bootstrap, r,
                            left < AT_ONCE ? (int)left : AT_ONCE, scores + r);
    }
    comm_sum_f64(comm, scores[0], (size_t)replicates * 2);
    v->summary = bootstrap_summarize(scores[0], replicates);
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
        const struct prediction_run *run = &set->run[i];
        const double identity[] = {(double)run->pretraining_seed, (double)run->step,
                                   run->rate, (double)run->seed};
        hasher_update(hasher, identity, sizeof identity);
    }
    hash_hex(hasher_digest(hasher), hex);
    hasher_destroy(hasher);
    str_printf(&name, "%s, %s", path, set->name.data);
    same_add(facts, name.data, "of hash %s", hex);
    str_fini(&name);
}

static int same_answers(struct comm *comm, const struct words *paths,
                        const struct prediction_sets *sets, struct err *err) {
    struct str facts = {0};
    for (int i = 0; i < paths->count; i++)
        for (int k = 0; k < sets[i].count; k++)
            add_set(&facts, paths->list[i], &sets[i].sets[k]);
    int rc = same_check(comm, &facts, "all hosts must have the same files", err);
    str_fini(&facts);
    return rc;
}

/* ---- the whole ---- */

static void print(const struct verdicts *verdicts, const struct request *r) {
    if (r->json)
        compare_print_json(verdicts);
    else if (r->tsv)
        compare_print_tsv(verdicts);
    else
        compare_print_text(verdicts, r->table);
}

static int job(struct comm *comm, const struct args *args, struct err *err) {
    const struct request *r = args->request;
    struct verdicts verdicts = {0};
    int count = args->words.count;
    struct prediction_sets *sets = mem_alloc((size_t)count, sizeof *sets);
    int rc = comm_agree(comm, arrange(&verdicts, sets, args, err), err);
    if (rc == 0)
        rc = same_answers(comm, &args->words, sets, err);
    for (int i = 0; rc == 0 && i < verdicts.count; i++)
        hold(&verdicts.list[i], comm, r->replicates);
    if (rc == 0 && comm_rank(comm) == 0)
        print(&verdicts, r);
    for (int i = 0; i < verdicts.count; i++)
        contest_fini(&verdicts.list[i].contest);
    for (int i = 0; i < count; i++)
        prediction_sets_fini(&sets[i]);
    mem_free(verdicts.list);
    mem_free(sets);
    return rc;
}

/* ---- the command line ---- */

static const struct arg options[] = {
    ARG_TEXT("--task", "TASK", task, NULL, "compare on this task alone"),
    ARG_TEXT("--metric", "NAME", metric, NULL, "by this metric, not the task's first"),
    ARG_FLAG("--paired", paired, "seed k of A belongs to seed k of B"),
    ARG_FLAG("--unpaired", unpaired, "it does not, though the seeds are equal"),
    ARG_FLAG("--seeds-only", seeds_only, "draw seeds, not examples"),
    ARG_FLAG("--examples-only", examples_only, "draw examples, not seeds"),
    ARG_INT("--replicates", 1, 10000000, replicates, "1000", "how often to draw"),
    ARG_INT("--seed", 0, INT64_MAX, seed, "0", "of the draws"),
    ARG_FLAG("--table", table, "with each run's score, a row a seed"),
    ARG_FLAG("--tsv", tsv, "a line a comparison, separated by tabs"),
    ARG_FLAG("--json", json, "one JSON object on standard output"),
    ARG_END};

static int check(const struct args *args, struct err *err) {
    const struct request *r = args->request;
    if (r->paired && r->unpaired)
        return args_refuse(args, err, "--paired or --unpaired, not both");
    if (r->seeds_only && r->examples_only)
        return args_refuse(args, err, "--seeds-only or --examples-only, not both");
    if (r->table + r->json + r->tsv > 1)
        return args_refuse(args, err, "--table, --json or --tsv, one of them");
    return 0;
}

const struct command cmd_compare = {
    .name = "compare",
    .words = "A B…",
    .summary = "Whether B is really better than A, over seeds and examples",
    .example =
        "  mpibert compare tiny/results mini/results\n"
        "  mpibert compare a.h5 b.h5 --task rte --metric accuracy --unpaired\n"
        "  mpibert compare scores-a.tsv scores-b.tsv    # a row a seed: seed, scores\n",
    .options = options,
    .request_bytes = sizeof(struct request),
    .check = check,
    .job = job};
