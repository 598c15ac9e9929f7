/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: what is written is read again; a job without its file is not done, and one of
 * another key, or damaged, is refused rather than taken. */
#include "src/tune/outcome.h"

#include <math.h>
#include <string.h>

#include "src/base/file.h"
#include "src/base/mem.h"
#include "tests/tap.h"

static const char key[] = "00112233445566778899aabbccddeeff";

static void make_set(struct outcome *o) {
    struct prediction_run run = {.seed = 3, .step = -1, .pretraining_seed = -1};
    o->dev.sets = mem_alloc(1, sizeof *o->dev.sets);
    o->dev.count = 1;
    struct predictions *set = &o->dev.sets[0];
    str_printf(&set->name, "toy");
    str_printf(&set->metrics, "accuracy");
    predictions_add_label(set, slice_of("no"));
    predictions_add_label(set, slice_of("yes"));
    *predictions_add_example(set, 1) = 1;
    *predictions_add_example(set, 1) = 0;
    float *answers = predictions_add_run(set, &run);
    answers[0] = 1, answers[1] = 1;
}

static void check_good(const char *path) {
    struct outcome out = {.seed = 3, .steps = 20, .seconds = 1.5, .stopped = 15}, in;
    struct err err = {0};
    strcpy(out.key, key);
    strcpy(out.answers, "ffff");
    for (int64_t s = 1; s <= 20; s++)
        outcome_add_loss(&out, s, 1.0 / (double)s);
    make_set(&out);
    watch_add(&out.watch, NAN);
    watch_add(&out.watch, .5);
    watch_add(&out.watch, .25);
    is_int(outcome_read(&in, path, key, &err), 0, "not there before");
    is_int(outcome_write(&out, path, &err), 0, "written");
    is_int(outcome_read(&in, path, key, &err), 1, "and read: %s", err.text);
    ok(in.seed == 3 && in.steps == 20 && in.seconds == 1.5 && in.fault.size == 0 &&
           strcmp(in.answers, "ffff") == 0,
       "its numbers");
    ok(in.stopped == 15 && in.watch.epochs == 3 && in.watch.best == 2 &&
           isnan(in.watch.scores[0]) && in.watch.scores[2] == .25,
       "its epochs");
    is_int(in.loss_count, 20, "its losses");
    ok(in.losses[0] == 1 && in.losses[19] == 1.0 / 20, "each");
    ok(in.dev.count == 1 && in.dev.sets[0].predicted[1] == 1, "its answers");
    outcome_fini(&in);
    is_int(outcome_read(&in, path, "another", &err), -1, "of another key");
    is_int(err.code, ERR_CONFIG, "78");
    outcome_fini(&out);
}

static void check_fault(const char *path) {
    struct outcome out = {.seed = 4, .steps = 2}, in;
    struct err err = {0};
    strcpy(out.key, key);
    str_printf(&out.fault, "step 2: loss nan");
    is_int(outcome_write(&out, path, &err), 0, "a fault is written");
    is_int(outcome_read(&in, path, key, &err), 1, "and read");
    is_str(in.fault.data, "step 2: loss nan", "as it was");
    is_int(in.dev.count, 0, "without answers");
    outcome_fini(&in);
    outcome_fini(&out);
}

static void check_bad(const char *path, const char *text) {
    struct str json = {0};
    struct outcome in;
    struct err err = {0};
    str_printf(&json, "%s.json", path);
    file_write_atomic(json.data, text, strlen(text), NULL);
    is_int(outcome_read(&in, path, key, &err), -1, "'%s'", text);
    is_int(err.code, ERR_DATA, "65: %s", err.text);
    str_fini(&json);
}

/* 1000 steps of loss `step`: a hundred means of ten each. */
static void check_shares(void) {
    struct outcome o = {.steps = 1003};
    double sum = 0;
    int64_t rising = 0;
    for (int64_t s = 1; s <= o.steps; s++)
        outcome_add_loss(&o, s, (double)s);
    for (int i = 0; i < o.loss_count; i++) {
        sum += o.losses[i];
        rising += i > 0 && o.losses[i] > o.losses[i - 1] + 9;
    }
    is_int(o.loss_count, OUTCOME_LOSSES, "as many as there is room for");
    is_int(rising, OUTCOME_LOSSES - 1, "each of the next ten or so");
    ok(fabs(sum / OUTCOME_LOSSES - 502) < 1, "and none is left out: %g",
       sum / OUTCOME_LOSSES);
    outcome_fini(&o);
}

int main(void) {
    struct str path = {0};
    str_printf(&path, "%s/seed-3", tap_folder());
    check_good(path.data);
    check_fault(path.data);
    check_bad(path.data, "{");
    check_bad(path.data, "{}");
    check_bad(path.data,
              "{\"key\": \"00112233445566778899aabbccddeeff\", \"seed\": 1}");
    check_shares();
    str_fini(&path);
    return tap_done();
}
