/* SPDX-License-Identifier: Apache-2.0 */
/* Contenders: see contender.h. */
#include "src/judge/contender.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "io/syntax/json.h"
#include "src/base/file.h"
#include "src/base/mem.h"
#include "src/base/parse.h"

enum { TEXT_LIMIT = 1 << 30 };

/* A run of which only the seed is known. */
static float *add_seed(struct predictions *set, int64_t seed) {
    return predictions_add_run(
        set,
        &(struct prediction_run){.pretraining_seed = -1, .step = -1, .seed = seed});
}

static struct predictions *add_set(struct prediction_sets *sets, const char *metric) {
    int n = sets->count++;
    sets->sets = mem_resize(sets->sets, (size_t)n + 1, sizeof *sets->sets);
    sets->sets[n] = (struct predictions){.kind = PREDICTIONS_SCORES};
    str_append(&sets->sets[n].metrics, metric, strlen(metric));
    return &sets->sets[n];
}

/* ---- tables ---- */

static int parse_number(struct slice field, double *out) {
    char text[64];
    if (field.size == 0 || field.size >= sizeof text)
        return -1;
    memcpy(text, field.data, field.size);
    text[field.size] = '\0';
    return parse_real(text, out);
}

/* The numbers of a line, into *row (owned, doubles); a field that is none is 65. */
static int read_row(struct slice line, const char *path, int64_t number,
                    struct str *row, struct err *err) {
    struct slice field;
    int column = 0;
    str_clear(row);
    while (slice_field(&line, '\t', &field)) {
        double value;
        column++;
        if (parse_number(field, &value) < 0)
            return err_set(err, ERR_DATA,
                           "%s:%" PRId64 ": column %d is '%.*s', not a number", path,
                           number, column, field.size < 40 ? (int)field.size : 40,
                           field.data);
        str_append(row, &value, sizeof value);
    }
    return 0;
}

static int take_row(struct predictions *set, const struct str *row, const char *path,
                    int64_t number, struct err *err) {
    const double *values = (const double *)(const void *)row->data;
    int64_t count = (int64_t)(row->size / sizeof *values) - 1;
    if (count < 1 || values[0] != floor(values[0]) || fabs(values[0]) > 1e15)
        return err_set(err, ERR_DATA,
                       "%s:%" PRId64 ": expected a seed, a whole number, and scores "
                       "after it, separated by tabs",
                       path, number);
    for (int64_t i = 0; set->runs == 0 && i < count; i++)
        predictions_add_example(set, 1);
    if (count != set->examples)
        return err_set(err, ERR_DATA,
                       "%s:%" PRId64 ": %" PRId64 " scores, but %" PRId64
                       " in the rows before; each row needs all examples",
                       path, number, count, set->examples);
    float *scores = add_seed(set, (int64_t)values[0]);
    for (int64_t i = 0; i < count; i++)
        scores[i] = (float)values[1 + i];
    return 0;
}

static int read_table(struct slice text, const char *path, struct prediction_sets *sets,
                      struct err *err) {
    struct predictions *set = add_set(sets, "mean");
    struct slice line;
    struct str row = {0};
    int64_t number = 0;
    int rc = 0;
    str_append(&set->name, "scores", 6);
    while (rc == 0 && slice_line(&text, &line)) {
        number++;
        if (line.size > 0 && line.data[line.size - 1] == '\r')
            line.size--;
        if (line.size == 0 || (number == 1 && slice_starts(line, "seed")))
            continue;
        rc = read_row(line, path, number, &row, err);
        if (rc == 0)
            rc = take_row(set, &row, path, number, err);
    }
    str_fini(&row);
    if (rc == 0 && set->runs == 0)
        rc = err_set(err, ERR_DATA,
                     "%s: is empty; expected a table of scores, a row a "
                     "seed",
                     path);
    return rc;
}

/* ---- results.json ---- */

/* One metric of a task: its score of each seed. */
static int take_metric(const struct json *seeds, struct slice task, struct slice metric,
                       const char *path, struct prediction_sets *sets,
                       struct err *err) {
    struct predictions *set = add_set(sets, "mean");
    char name[128];
    str_printf(&set->name, "%.*s/%.*s", (int)task.size, task.data, (int)metric.size,
               metric.data);
    snprintf(name, sizeof name, "%.*s", (int)metric.size, metric.data);
    predictions_add_example(set, 1);
    for (size_t i = 0; i < json_count(seeds); i++) {
        const struct json *one = json_at(seeds, i);
        double score;
        int64_t seed;
        if (json_get_int(json_get(one, "seed"), &seed) < 0 ||
            json_get_real(json_get(json_get(one, "metrics"), name), &score) < 0)
            return err_set(err, ERR_DATA,
                           "%s: task %.*s: place %zu of seeds has no seed or no %s",
                           path, (int)task.size, task.data, i, name);
        *add_seed(set, seed) = (float)score;
    }
    return 0;
}

static int take_task(const struct json *task, const char *path,
                     struct prediction_sets *sets, struct err *err) {
    const struct json *seeds = json_get(task, "seeds");
    struct json_member metric = {0};
    struct slice name;
    if (json_get_string(json_get(task, "task"), &name) < 0 || json_count(seeds) == 0)
        return err_set(err, ERR_DATA,
                       "%s: no results of `finetune`: expected \"task\" and \"seeds\"",
                       path);
    const struct json *first = json_get(json_at(seeds, 0), "metrics");
    while (json_next(first, &metric))
        if (take_metric(seeds, name, metric.key, path, sets, err) < 0)
            return -1;
    return sets->count > 0
               ? 0
               : err_set(err, ERR_DATA, "%s: results without a metric", path);
}

static int read_results(struct slice text, const char *path,
                        struct prediction_sets *sets, struct err *err) {
    struct json *root = json_parse(text, path, err);
    const struct json *tasks = json_get(root, "tasks");
    int rc = root ? 0 : -1;
    if (rc == 0 && json_count(tasks) == 0)
        rc = take_task(root, path, sets, err);
    for (size_t i = 0; rc == 0 && i < json_count(tasks); i++)
        rc = take_task(json_at(tasks, i), path, sets, err);
    json_free(root);
    return rc;
}

/* ---- any of them ---- */

static int read_file(const char *path, struct prediction_sets *sets, struct err *err) {
    struct str text = {0};
    int rc = file_read(path, TEXT_LIMIT, &text, err);
    struct slice all = str_slice(&text);
    if (rc == 0 && slice_starts(all, "\211HDF"))
        rc = predictions_read(path, sets, err);
    else if (rc == 0 && slice_starts(all, "{"))
        rc = read_results(all, path, sets, err);
    else if (rc == 0)
        rc = read_table(all, path, sets, err);
    str_fini(&text);
    if (rc < 0)
        prediction_sets_fini(sets);
    return rc;
}

/* The file of a folder that holds its answers; false where there is none. */
static bool find_file(const char *folder, struct str *file) {
    static const char *const inside[] = {"predictions.h5", "results.json"};
    struct stat there;
    for (int i = 0; i < 2; i++) {
        str_clear(file);
        str_printf(file, "%s/%s", folder, inside[i]);
        if (stat(file->data, &there) == 0)
            return true;
    }
    return false;
}

/* Reads one more file after those that were read. */
static int add_file(const char *path, struct prediction_sets *sets, struct err *err) {
    struct prediction_sets more = {0};
    if (read_file(path, &more, err) < 0)
        return -1;
    size_t all = (size_t)(sets->count + more.count);
    sets->sets = mem_resize(sets->sets, all, sizeof *sets->sets);
    for (int i = 0; i < more.count; i++)
        sets->sets[sets->count++] = more.sets[i];
    mem_free(more.sets);
    return 0;
}

/* Names of folders in a folder. */
struct names {
    char **list; /* owned, as they are */
    size_t count;
};

static int take_name(const char *dir, const char *name, void *context,
                     struct err *err) {
    struct names *names = context;
    struct str file = {0}, folder = {0};
    (void)err;
    str_printf(&folder, "%s/%s", dir, name);
    if (find_file(folder.data, &file)) {
        names->list = mem_resize(names->list, names->count + 1, sizeof *names->list);
        names->list[names->count++] = mem_string(file.data);
    }
    str_fini(&folder);
    str_fini(&file);
    return 0;
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A folder with a folder a task. */
static int read_tasks(const char *dir, struct prediction_sets *sets, struct err *err) {
    struct names names = {0};
    int rc = file_each_name(dir, take_name, &names, err);
    if (names.count > 0)
        qsort(names.list, names.count, sizeof *names.list, by_name);
    else if (rc == 0)
        rc = err_set(err, ERR_MISSING,
                     "%s: neither predictions.h5 nor results.json in this folder or "
                     "one below it",
                     dir);
    for (size_t i = 0; i < names.count; i++) {
        if (rc == 0)
            rc = add_file(names.list[i], sets, err);
        mem_free(names.list[i]);
    }
    mem_free(names.list);
    return rc;
}

int contender_read(const char *path, struct prediction_sets *sets, struct err *err) {
    struct stat there;
    struct str file = {0};
    int rc;
    if (stat(path, &there) < 0 || !S_ISDIR(there.st_mode))
        rc = read_file(path, sets, err);
    else if (find_file(path, &file))
        rc = read_file(file.data, sets, err);
    else
        rc = read_tasks(path, sets, err);
    str_fini(&file);
    if (rc < 0)
        prediction_sets_fini(sets);
    return rc;
}

/* ---- runs ---- */

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

static double mean_of_rate(const struct predictions *set, const double *scores,
                           double rate) {
    double sum = 0;
    int n = 0;
    for (int i = 0; i < set->runs; i++)
        if (set->run[i].rate == rate)
            sum += scores[i], n++;
    return sum / n;
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

/* The seeds in order, each once, and every run's place among them. */
static void number_seeds(struct contender *contender, const struct predictions *set,
                         enum contender_seed seed) {
    int n = 0;
    contender->seeds = mem_alloc((size_t)set->runs, sizeof *contender->seeds);
    contender->seed_of = mem_alloc((size_t)set->runs, sizeof *contender->seed_of);
    for (int i = 0; i < set->runs; i++)
        if (set->run[i].rate == contender->rate)
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
        bool in = at && set->run[i].rate == contender->rate;
        contender->seed_of[i] = in ? (int)(at - contender->seeds) : -1;
    }
}

int contender_init(struct contender *contender, const struct predictions *set,
                   const double *scores, enum contender_seed seed, struct err *err) {
    *contender = (struct contender){0};
    if (check_model(set, seed == CONTENDER_PRETRAINING, err) < 0)
        return -1;
    choose_rate(contender, set, scores);
    number_seeds(contender, set, seed);
    for (int i = 0; i < set->runs; i++)
        if (contender->seed_of[i] >= 0 && !isfinite(scores[i]))
            return err_set(err, ERR_DATA,
                           "%s: the run of seed %" PRId64
                           " has no score: answers that are no numbers, or all equal; "
                           "leave that run out",
                           set->name.data, seed_of(&set->run[i], seed));
    return 0;
}

void contender_fini(struct contender *contender) {
    mem_free(contender->seeds);
    mem_free(contender->seed_of);
    *contender = (struct contender){0};
}
