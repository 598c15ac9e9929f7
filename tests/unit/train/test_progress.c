/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: what a run prints is taken from standard output and held, byte for byte, to
 * what the options ask for: a row at every log.every_steps and at the last step, a line
 * for a phase, a checkpoint, an evaluation; a dash where nothing was seen; nothing
 * without progress.  Only what the clock decides is left out. */
#include "src/train/progress.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "src/base/file.h"
#include "src/base/str.h"
#include "tests/tap.h"

enum { STEPS = 5 };
static struct config config;
static char out[256], rows[256];

static void set(const char *key, const char *value) {
    struct err err;
    if (config_set(&config, key, value, "test", &err) < 0)
        ok(false, "%s", err.text);
}

static struct step_report report_of(int64_t step) {
    static const uint64_t source[] = {100};
    struct step_report r = {.step = step,
                            .tokens = 1500,
                            .loss = 2 + (double)step,
                            .grad_norm = 0.5,
                            .rate = 1e-3,
                            .source_tokens = source};
    for (int i = 0; i < OBJECTIVES; i++)
        r.of[i] = objectives_mean(0, 0, 0);
    r.of[OBJECTIVE_MLM] = objectives_mean(20, 5, 10);
    return r;
}

/* Five steps, a checkpoint and an evaluation. */
static void run(bool shown, struct metrics *metrics) {
    struct err err = {0};
    struct progress *p = progress_create(&config, 1000, shown);
    for (int64_t step = 1; step <= STEPS; step++) {
        struct step_report r = report_of(step);
        if (progress_step(p, &r, metrics, &err) < 0)
            diag("%s", err.text);
    }
    struct evaluation e = {.documents = 7, .unigram_entropy = 3.25};
    for (int i = 0; i < OBJECTIVES; i++)
        e.of[i] = objectives_mean(0, 0, 0);
    e.of[OBJECTIVE_MLM] = objectives_mean(20, 1, 8);
    progress_saved(p, "run/checkpoint-000000005.h5", 1.236);
    progress_evaluation(p, 5, &e);
    progress_destroy(p);
}

/* What that leaves on standard output. */
static void capture(bool shown, struct str *text) {
    struct err err = {0};
    remove(rows);
    struct metrics *metrics = metrics_open(rows, 0, &err);
    fflush(stdout);
    int before = dup(STDOUT_FILENO),
        file = open(out, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    dup2(file, STDOUT_FILENO);
    run(shown, metrics);
    fflush(stdout);
    dup2(before, STDOUT_FILENO);
    close(before), close(file);
    metrics_close(metrics);
    str_clear(text);
    if (file_read(out, 1 << 20, text, &err) < 0)
        ok(false, "%s", err.text);
}

/* Line i of a text, without its end. */
static struct slice line_of(const struct str *text, int i) {
    struct slice rest = str_slice(text), line = {0};
    for (int n = 0; n <= i; n++)
        if (!slice_line(&rest, &line))
            return (struct slice){"", 0};
    return line;
}

static void is_line(const struct str *text, int i, const char *want) {
    struct slice line = line_of(text, i);
    ok(line.size == strlen(want) && memcmp(line.data, want, line.size) == 0,
       "line %d is '%s': '%.*s'", i, want, (int)line.size, line.data);
}

/* Up to what the clock decides. */
static void begins(const struct str *text, int i, const char *want) {
    struct slice line = line_of(text, i);
    size_t n = strlen(want);
    ok(line.size > n && memcmp(line.data, want, n) == 0, "line %d begins '%s': '%.*s'",
       i, want, (int)line.size, line.data);
}

static int count_lines(const struct str *text) {
    int lines = 0;
    for (size_t i = 0; i < text->size; i++)
        lines += text->data[i] == '\n';
    return lines;
}

static void test_rows(void) {
    struct str text = {0}, json = {0};
    set("log.every_steps", "2");
    capture(true, &text);
    is_int(count_lines(&text), 6, "titles, three rows, a checkpoint, an evaluation");
    begins(&text, 0, "    step   tokens     loss      mlm");
    begins(&text, 1, "       2     4.0k   3.5000   2.0000"); /* the mean of two steps */
    begins(&text, 2, "       4     7.0k   5.5000   2.0000");
    begins(&text, 3, "       5     8.5k   7.0000   2.0000"); /* the last, alone */
    is_line(&text, 4, "saved run/checkpoint-000000005.h5 in 1.24 s");
    is_line(&text, 5,
            "held-out at step 5: mlm 2.5000 (12.50 %)  unigram entropy 3.2500  "
            "7 documents"); /* and no pairs, of which there were none */
    ok(file_read(rows, 1 << 20, &json, NULL) == 0, "metrics are there");
    is_int(count_lines(&json), STEPS, "  an object a step, whatever is shown");
    ok(strstr(json.data, "\"tokens\": 2500") && strstr(json.data, "\"loss\": 7"),
       "  with tokens since the run began, and each step's own loss");
    str_fini(&json);
    str_fini(&text);
}

static void test_silence(void) {
    struct str text = {0}, json = {0};
    capture(false, &text);
    is_int((int64_t)text.size, 0, "a run that is not shown prints nothing");
    set("log.progress", "none");
    capture(true, &text);
    is_int((int64_t)text.size, 0, "nor does log.progress: none");
    ok(file_read(rows, 1 << 20, &json, NULL) == 0 && count_lines(&json) == STEPS,
       "  but metrics are written");
    set("log.progress", "lines");
    str_fini(&json);
    str_fini(&text);
}

static void test_phases(void) {
    struct str text = {0};
    set("log.every_steps", "100");
    set("train.phases[0].steps", "3");
    set("train.phases[1].steps", "2");
    set("train.phases[1].sequence_length", "64");
    set("train.phases[1].mask_prob", "0.2");
    set("train.phases[1].mask_kind", "words");
    capture(true, &text);
    is_line(&text, 0,
            "phase 1 of 2: sequences of at most 128 tokens, 15 % masked (tokens)");
    begins(&text, 2, "       3     5.5k   4.0000"); /* no window spans two phases */
    is_line(&text, 3,
            "phase 2 of 2: sequences of at most 64 tokens, 20 % masked (words)");
    begins(&text, 4, "       5     8.5k   6.5000");
    str_fini(&text);
}

int main(void) {
    config_init(&config);
    snprintf(out, sizeof out, "%s/out", tap_folder());
    snprintf(rows, sizeof rows, "%s/metrics.jsonl", tap_folder());
    set("train.steps", "5");
    set("log.progress", "lines");
    test_rows();
    test_silence();
    test_phases();
    config_fini(&config);
    return tap_done();
}
