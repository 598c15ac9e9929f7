/* SPDX-License-Identifier: Apache-2.0 */
/* What a contender is read from: see contender.h. */
#include "src/base/fs.h"
#include "src/judge/contender.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "io/syntax/json.h"
#include "src/base/file.h"
#include "src/base/log.h"
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

static int bad_seed(const char *path, struct slice task, size_t place,
                    const char *metric, struct err *err) {
    return err_set(err, ERR_DATA,
                   "%s: task %.*s: place %zu of seeds has no seed or no %s", path,
                   (int)task.size, task.data, place, metric);
}

/* Seeds that diverged: they have no score. */
static void take_faults(const struct json *faults, struct predictions *set) {
    for (size_t i = 0; i < json_count(faults); i++) {
        int64_t seed;
        if (json_get_int(json_get(json_at(faults, i), "seed"), &seed) == 0)
            *add_seed(set, seed) = NAN;
    }
}

/* One metric of a task: its score of each seed. */
static int take_metric(const struct json *task, struct slice name, struct slice metric,
                       const char *path, struct prediction_sets *sets,
                       struct err *err) {
    const struct json *seeds = json_get(task, "seeds");
    struct predictions *set = add_set(sets, "mean");
    char key[128];
    str_printf(&set->name, "%.*s/%.*s", (int)name.size, name.data, (int)metric.size,
               metric.data);
    snprintf(key, sizeof key, "%.*s", (int)metric.size, metric.data);
    predictions_add_example(set, 1);
    for (size_t i = 0; i < json_count(seeds); i++) {
        const struct json *one = json_at(seeds, i);
        const struct json *value = json_get(json_get(one, "metrics"), key);
        double score = NAN;
        int64_t seed;
        if (json_get_int(json_get(one, "seed"), &seed) < 0 ||
            (json_kind(value) != JSON_KIND_NULL && json_get_real(value, &score) < 0))
            return bad_seed(path, name, i, key, err);
        *add_seed(set, seed) = (float)score;
    }
    take_faults(json_get(task, "faults"), set);
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
        if (take_metric(task, name, metric.key, path, sets, err) < 0)
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
        if (fs->stat(file->data, &there) == 0)
            return true;
    }
    return false;
}

/* Seeds of a folder that are in its results and not among its answers. */
static void warn_faults(const char *folder) {
    struct str path = {0};
    str_printf(&path, "%s/results.json", folder);
    struct json *root = json_parse_file(path.data, TEXT_LIMIT, NULL);
    const struct json *faults = json_get(root, "faults");
    for (size_t i = 0; i < json_count(faults); i++) {
        struct slice why = {"", 0};
        int64_t seed = -1;
        json_get_int(json_get(json_at(faults, i), "seed"), &seed);
        json_get_string(json_get(json_at(faults, i), "fault"), &why);
        log_warn_once("%s: seed %" PRId64 " is left out: it has no answers (%.*s)",
                      folder, seed, (int)why.size, why.data);
    }
    json_free(root);
    str_fini(&path);
}

/* Sets after those that were read; what is of the same name is one with them. */
static int add_sets(struct prediction_sets *sets, struct prediction_sets *more,
                    struct err *err) {
    size_t all = (size_t)(sets->count + more->count);
    int before = sets->count, rc = 0;
    sets->sets = mem_resize(sets->sets, all, sizeof *sets->sets);
    for (int i = 0; rc == 0 && i < more->count; i++) {
        int k = 0;
        while (k < before && !slice_equal(str_slice(&sets->sets[k].name),
                                          str_slice(&more->sets[i].name)))
            k++;
        if (k < before) {
            rc = predictions_join(&sets->sets[k], &more->sets[i], err);
            continue;
        }
        sets->sets[sets->count++] = more->sets[i];
        more->sets[i] = (struct predictions){0};
    }
    return rc;
}

static int read_folder(const char *path, int below, struct prediction_sets *sets,
                       struct err *err);

/* Folders in a folder. */
struct names {
    char **list; /* owned, as they are */
    size_t count;
};

static int take_name(const char *dir, const char *name, void *context,
                     struct err *err) {
    struct names *names = context;
    struct str folder = {0};
    struct stat there;
    (void)err;
    str_printf(&folder, "%s/%s", dir, name);
    if (*name != '.' && fs->stat(folder.data, &there) == 0 && S_ISDIR(there.st_mode)) {
        names->list = mem_resize(names->list, names->count + 1, sizeof *names->list);
        names->list[names->count++] = mem_string(folder.data);
    }
    str_fini(&folder);
    return 0;
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Folders in a folder, by their names. */
static int read_folders(const char *dir, int below, struct prediction_sets *sets,
                        struct err *err) {
    struct names names = {0};
    int rc = file_each_name(dir, take_name, &names, err);
    if (names.count > 0)
        qsort(names.list, names.count, sizeof *names.list, by_name);
    for (size_t i = 0; i < names.count; i++) {
        struct prediction_sets more = {0};
        if (rc == 0)
            rc = read_folder(names.list[i], below - 1, &more, err);
        if (rc == 0 && add_sets(sets, &more, err) < 0)
            rc = err_prefix(err, "%s", names.list[i]);
        prediction_sets_fini(&more);
        mem_free(names.list[i]);
    }
    mem_free(names.list);
    return rc;
}

/* Nothing in it is no fault of a folder that lies in another. */
static int read_folder(const char *path, int below, struct prediction_sets *sets,
                       struct err *err) {
    struct str file = {0};
    int rc = 0;
    if (!find_file(path, &file))
        rc = below > 0 ? read_folders(path, below, sets, err) : 0;
    else if ((rc = read_file(file.data, sets, err)) == 0 &&
             strcmp(file_base_name(file.data), "results.json") != 0)
        warn_faults(path);
    str_fini(&file);
    return rc;
}

enum { FOLDERS = 2 }; /* of a family's seeds, and of tasks in them */

int contender_read(const char *path, struct prediction_sets *sets, struct err *err) {
    struct stat there;
    bool folder = fs->stat(path, &there) == 0 && S_ISDIR(there.st_mode);
    int rc =
        folder ? read_folder(path, FOLDERS, sets, err) : read_file(path, sets, err);
    if (rc == 0 && sets->count == 0)
        rc = err_set(err, ERR_MISSING,
                     "%s: neither predictions.h5 nor results.json in this folder or "
                     "one below it",
                     path);
    if (rc < 0)
        prediction_sets_fini(sets);
    return rc;
}
