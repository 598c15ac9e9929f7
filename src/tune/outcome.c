/* SPDX-License-Identifier: Apache-2.0 */
/* Outcomes as files: see outcome.h. */
#include "src/tune/outcome.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io/syntax/json.h"
#include "src/base/die.h"
#include "src/base/file.h"
#include "src/base/fs.h"

static void put_text(struct json_writer *w, const char *key, const char *text) {
    json_put_string(w, key, slice_of(text));
}

static void put_losses(struct json_writer *w, const struct outcome *o) {
    json_open(w, "losses", '[');
    for (int i = 0; i < o->loss_count; i++)
        json_put_real(w, NULL, o->losses[i]);
    json_close(w, ']');
}

/* Scores of epochs that have none are null. */
static void put_watch(struct json_writer *w, const struct outcome *o) {
    if (o->stopped > 0)
        json_put_int(w, "stopped", o->stopped);
    if (o->watch.epochs == 0)
        return;
    json_put_int(w, "best_epoch", o->watch.best);
    json_open(w, "scores", '[');
    for (int64_t i = 0; i < o->watch.epochs; i++)
        if (isfinite(o->watch.scores[i]))
            json_put_real(w, NULL, o->watch.scores[i]);
        else
            json_put_null(w, NULL);
    json_close(w, ']');
}

static void print(const struct outcome *o, struct str *text) {
    struct json_writer w = {.out = text};
    json_open(&w, NULL, '{');
    put_text(&w, "key", o->key);
    json_put_int(&w, "seed", o->seed);
    json_put_int(&w, "steps", o->steps);
    if (o->fault.size > 0) {
        put_text(&w, "fault", o->fault.data);
    } else {
        put_losses(&w, o);
        put_watch(&w, o);
        put_text(&w, "answers", o->answers);
    }
    json_put_real(&w, "seconds", o->seconds);
    json_close(&w, '}');
    str_append_char(text, '\n');
}

/* Step k is one of the steps (k - 1) · n / steps … whose mean is kept together. */
void outcome_add_loss(struct outcome *o, int64_t step, double loss) {
    int64_t n = o->steps < OUTCOME_LOSSES ? o->steps : OUTCOME_LOSSES;
    int64_t share = (step - 1) * n / o->steps;
    int64_t first = (share * o->steps + n - 1) / n; /* steps before it */
    o->loss_count = (int)share + 1;
    o->losses[share] += (loss - o->losses[share]) / (double)(step - first);
}

static int write_said(const struct outcome *o, const char *path, struct err *err) {
    int rc = 0;
    for (int i = 0; rc == 0 && i < OUTCOME_TEXTS; i++) {
        struct str file = {0};
        if (o->said[i].name.size == 0)
            continue;
        outcome_text_path(path, o->said[i].name.data, &file);
        rc = file_write_atomic(file.data, o->said[i].text.data, o->said[i].text.size,
                               err);
        str_fini(&file);
    }
    return rc;
}

struct outcome_text *outcome_add_text(struct outcome *o) {
    int i = 0;
    while (i < OUTCOME_TEXTS && o->said[i].name.size > 0)
        i++;
    CHECK(i < OUTCOME_TEXTS);
    return &o->said[i];
}

void outcome_text_path(const char *path, const char *name, struct str *out) {
    str_printf(out, "%s.%s", path, name);
}

int outcome_write(const struct outcome *o, const char *path, struct err *err) {
    struct str json = {0}, h5 = {0}, text = {0};
    str_printf(&json, "%s.json", path);
    str_printf(&h5, "%s.h5", path);
    print(o, &text);
    int rc = 0;
    if (o->fault.size == 0)
        rc = predictions_write(h5.data, o->dev.sets, o->dev.count, err);
    if (rc == 0)
        rc = write_said(o, path, err);
    if (rc == 0)
        rc = file_write_atomic(json.data, text.data, text.size, err);
    str_fini(&json);
    str_fini(&h5);
    str_fini(&text);
    return rc;
}

static void get_text(const struct json *root, const char *key, char *out, size_t size) {
    struct slice text = {"", 0};
    json_get_string(json_get(root, key), &text);
    snprintf(out, size, "%.*s", (int)text.size, text.data);
}

static void get_watch(struct outcome *o, const struct json *root) {
    const struct json *scores = json_get(root, "scores");
    json_get_int(json_get(root, "stopped"), &o->stopped);
    for (size_t i = 0; i < json_count(scores); i++) {
        double score = NAN;
        json_get_real(json_at(scores, i), &score);
        watch_add(&o->watch, score);
    }
}

static int parse(struct outcome *o, const struct json *root, const char *path,
                 struct err *err) {
    struct slice fault = {NULL, 0};
    get_text(root, "key", o->key, sizeof o->key);
    get_text(root, "answers", o->answers, sizeof o->answers);
    if (json_get_string(json_get(root, "fault"), &fault) == 0)
        str_append(&o->fault, fault.data, fault.size);
    const struct json *losses = json_get(root, "losses");
    o->loss_count = (int)json_count(losses);
    for (int i = 0; i < o->loss_count && i < OUTCOME_LOSSES; i++)
        json_get_real(json_at(losses, (size_t)i), &o->losses[i]);
    get_watch(o, root);
    if (o->loss_count > OUTCOME_LOSSES)
        return err_set(err, ERR_DATA, "%s: is no result of a fine-tuning", path);
    if (json_get_int(json_get(root, "seed"), &o->seed) < 0 ||
        json_get_int(json_get(root, "steps"), &o->steps) < 0 ||
        json_get_real(json_get(root, "seconds"), &o->seconds) < 0)
        return err_set(err, ERR_DATA, "%s: is no result of a fine-tuning", path);
    return 0;
}

static int read_files(struct outcome *o, const char *json, const char *h5,
                      const char *key, struct err *err) {
    struct json *root = json_parse_file(json, 1 << 20, err);
    int rc = root ? parse(o, root, json, err) : -1;
    json_free(root);
    if (rc == 0 && strcmp(o->key, key) != 0)
        rc = err_set(err, ERR_CONFIG,
                     "%s: is of other options, weights or data; take another --out, or "
                     "remove this one",
                     json);
    if (rc == 0 && o->fault.size == 0)
        rc = predictions_read(h5, &o->dev, err);
    return rc < 0 ? -1 : 1;
}

int outcome_read(struct outcome *o, const char *path, const char *key,
                 struct err *err) {
    struct str json = {0}, h5 = {0};
    str_printf(&json, "%s.json", path);
    str_printf(&h5, "%s.h5", path);
    *o = (struct outcome){0};
    int rc = fs->access(json.data, F_OK) == 0
                 ? read_files(o, json.data, h5.data, key, err)
                 : 0;
    if (rc < 0)
        outcome_fini(o);
    str_fini(&json);
    str_fini(&h5);
    return rc;
}

void outcome_fini(struct outcome *o) {
    prediction_sets_fini(&o->dev);
    for (int i = 0; i < OUTCOME_TEXTS; i++) {
        str_fini(&o->said[i].name);
        str_fini(&o->said[i].text);
    }
    watch_fini(&o->watch);
    str_fini(&o->fault);
    *o = (struct outcome){0};
}
