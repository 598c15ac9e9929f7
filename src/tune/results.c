/* SPDX-License-Identifier: Apache-2.0 */
/* Results: see results.h. */
#include "src/tune/results.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/base/mem.h"
#include "src/judge/sheet.h"

/* ---- all answers together ---- */

/* A seed's answers as one more run of each set, or why there are none. */
static void take(struct results *r, const struct outcome *outcome) {
    if (outcome->fault.size > 0) {
        struct results_fault *fault = &r->faults[r->fault_count++];
        fault->seed = outcome->seed;
        str_append(&fault->why, outcome->fault.data, outcome->fault.size);
        return;
    }
    r->seeds[r->n++] = outcome->seed;
    r->stopped += outcome->stopped > 0;
    for (int i = 0; i < r->dev.count; i++) {
        const struct predictions *from = &outcome->dev.sets[i];
        float *to = predictions_add_run(&r->dev.sets[i], &from->run[0]);
        memcpy(to, from->predicted, (size_t)from->questions * sizeof *to);
    }
}

static int collect(struct results *r, const struct farm *farm, struct err *err) {
    for (int64_t i = 0; i < farm->seeds; i++) {
        struct outcome outcome;
        if (farm_outcome(farm, r->task, i, &outcome, err) < 0)
            return -1;
        take(r, &outcome);
        outcome_fini(&outcome);
    }
    return 0;
}

/* ---- numbers over seeds ---- */

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void summarise(struct results_line *line, int n) {
    double sum = 0, squares = 0;
    line->mean = line->deviation = line->median = line->best = NAN;
    for (int i = 0; i < n; i++)
        sum += line->values[i];
    if (n == 0 || isnan(sum))
        return;
    double *sorted = mem_copy(line->values, (size_t)n * sizeof *sorted);
    qsort(sorted, (size_t)n, sizeof *sorted, by_value);
    line->mean = sum / n;
    for (int i = 0; i < n; i++)
        squares += (sorted[i] - line->mean) * (sorted[i] - line->mean);
    line->deviation = n > 1 ? sqrt(squares / (n - 1)) : NAN;
    line->median = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
    line->best = sorted[n - 1];
    mem_free(sorted);
}

/* The metric of one set. */
static int add_line(struct results *r, int i, const struct metric *metric,
                    struct err *err) {
    const struct predictions *set = &r->dev.sets[i];
    const char *part = r->task->taskset.task.dev_name[i];
    struct results_line *line = &r->lines[r->line_count++];
    struct sheet sheet;
    str_printf(&line->name, "%s%s%s", metric->name, part ? "_" : "", part ? part : "");
    line->values = mem_alloc((size_t)r->n, sizeof *line->values);
    int rc = sheet_init(&sheet, set, metric, err);
    if (rc == 0)
        sheet_score(&sheet, line->values);
    sheet_fini(&sheet);
    line->majority = sheet_majority(set, metric);
    summarise(line, r->n);
    return rc;
}

static bool is_constant(const struct results *r, int run) {
    for (int i = 0; i < r->dev.count; i++)
        if (sheet_is_constant(&r->dev.sets[i], run))
            return true;
    return false;
}

static int judge(struct results *r, struct err *err) {
    struct slice rest = slice_of(r->task->taskset.task.metrics), name;
    r->lines = mem_alloc((rest.size + 1) * TASK_DEVS, sizeof *r->lines);
    while (slice_field(&rest, ' ', &name)) {
        const struct metric *metric = metric_find(name, err);
        for (int i = 0; i < r->dev.count; i++)
            if (metric == NULL || add_line(r, i, metric, err) < 0)
                return -1;
    }
    for (int i = 0; i < r->n; i++)
        r->constant += is_constant(r, i);
    return 0;
}

int results_init(struct results *r, const struct farm *farm,
                 const struct farm_task *task, struct err *err) {
    *r = (struct results){.task = task, .recipe = farm->asked->finetune_recipe};
    r->seeds = mem_alloc((size_t)farm->seeds, sizeof *r->seeds);
    r->faults = mem_alloc((size_t)farm->seeds, sizeof *r->faults);
    r->dev.count = task->taskset.dev_count;
    r->dev.sets = mem_alloc((size_t)r->dev.count, sizeof *r->dev.sets);
    for (int i = 0; i < r->dev.count; i++)
        taskset_questions(&task->taskset, i, &r->dev.sets[i]);
    int rc = collect(r, farm, err);
    if (rc == 0)
        rc = judge(r, err);
    if (rc < 0)
        results_fini(r);
    return rc;
}

/* ---- files ---- */

/* JSON has no NaN. */
static void put_number(struct json_writer *w, const char *key, double value) {
    if (isfinite(value))
        json_put_real(w, key, value);
    else
        json_put_null(w, key);
}

static void put_seed(struct json_writer *w, const struct results *r, int i) {
    json_open(w, NULL, '{');
    json_put_int(w, "seed", r->seeds[i]);
    json_open(w, "metrics", '{');
    for (int l = 0; l < r->line_count; l++)
        put_number(w, r->lines[l].name.data, r->lines[l].values[i]);
    json_close(w, '}');
    json_close(w, '}');
}

static void put_fault(struct json_writer *w, const struct results_fault *fault) {
    json_open(w, NULL, '{');
    json_put_int(w, "seed", fault->seed);
    json_put_string(w, "fault", str_slice(&fault->why));
    json_close(w, '}');
}

/* One number of each line, found at its place in the struct. */
static void put_lines(struct json_writer *w, const struct results *r, const char *key,
                      size_t member) {
    json_open(w, key, '{');
    for (int l = 0; l < r->line_count; l++) {
        const char *line = (const char *)&r->lines[l];
        put_number(w, r->lines[l].name.data, *(const double *)(line + member));
    }
    json_close(w, '}');
}

void results_json(const struct results *r, struct json_writer *w) {
    json_open(w, NULL, '{');
    json_put_string(w, "task", slice_of(r->task->taskset.task.name));
    json_put_string(w, "recipe", slice_of(r->recipe));
    if (r->task->cell.size > 0)
        json_put_string(w, "cell", str_slice(&r->task->cell));
    json_open(w, "seeds", '[');
    for (int i = 0; i < r->n; i++)
        put_seed(w, r, i);
    json_close(w, ']');
    if (r->fault_count > 0) {
        json_open(w, "faults", '[');
        for (int i = 0; i < r->fault_count; i++)
            put_fault(w, &r->faults[i]);
        json_close(w, ']');
    }
    put_lines(w, r, "mean", offsetof(struct results_line, mean));
    put_lines(w, r, "std", offsetof(struct results_line, deviation));
    put_lines(w, r, "median", offsetof(struct results_line, median));
    put_lines(w, r, "best", offsetof(struct results_line, best));
    put_lines(w, r, "majority", offsetof(struct results_line, majority));
    json_put_bool(w, "constant", r->constant > 0);
    json_close(w, '}');
}

int results_write(const struct results *r, struct err *err) {
    struct str h5 = {0}, json = {0}, text = {0};
    struct json_writer w = {.out = &text};
    str_printf(&h5, "%s/predictions.h5", r->task->dir.data);
    str_printf(&json, "%s/results.json", r->task->dir.data);
    results_json(r, &w);
    str_append_char(&text, '\n');
    int rc = r->n > 0 ? predictions_write(h5.data, r->dev.sets, r->dev.count, err) : 0;
    if (rc == 0)
        rc = file_write_atomic(json.data, text.data, text.size, err);
    str_fini(&h5);
    str_fini(&json);
    str_fini(&text);
    return rc;
}

void results_fini(struct results *r) {
    for (int l = 0; l < r->line_count; l++) {
        str_fini(&r->lines[l].name);
        mem_free(r->lines[l].values);
    }
    for (int i = 0; i < r->fault_count; i++)
        str_fini(&r->faults[i].why);
    mem_free(r->lines);
    mem_free(r->faults);
    mem_free(r->seeds);
    prediction_sets_fini(&r->dev);
    *r = (struct results){0};
}
