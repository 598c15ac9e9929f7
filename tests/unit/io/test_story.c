/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: of a run's files what is told is of the steps up to the checkpoint's, and
 * results are of that step alone; what is absent, foreign or cut is not told, and no
 * fault. */
#include "io/convert/story.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/base/file.h"
#include "tests/tap.h"

static void put(const char *dir, const char *name, const char *text) {
    char path[400];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    if (text && file_write_atomic(path, text, strlen(text), NULL) < 0)
        ok(false, "cannot write %s", path);
}

static void test_read(void) {
    static const struct {
        const char *metrics, *evaluations;
        int64_t step;
        double seconds, first_tokens; /* -1: no sources */
        double loss;                  /* 0: not evaluated */
    } rows[] = {
        {"{\"step\": 1, \"step_seconds\": 0.5, \"source_tokens\": [10, 1]}\n"
         "{\"step\": 2, \"step_seconds\": 0.25, \"source_tokens\": [20, 2]}\n"
         "{\"step\": 3, \"step_seconds\": 9, \"source_tokens\": [90, 9]}\n",
         "{\"step\": 1, \"mlm_loss\": 4, \"nsp_loss\": null}\n"
         "{\"step\": 2, \"mlm_loss\": 3, \"nsp_loss\": null, \"documents\": 5}\n"
         "{\"step\": 3, \"mlm_loss\": 2}\n",
         2, 0.75, 30, 3},
        {NULL, NULL, 2, 0, -1, 0},
        {"", "", 2, 0, -1, 0},
        {"notes\n{\"step\": 1}\n[]\n{\"step\": \"2\", \"step_seconds\": 1}\n{\"step\": "
         "2, \"st",
         "{\"step\": 2, \"mlm_loss\": null}\n", 2, 0, -1, 0},
        {NULL, "{\"step\": 1, \"mlm_loss\": 4}\n", 2, 0, -1, 0},
        {"{\"step\": 1, \"source_tokens\": [1]}\n{\"step\": 2, \"source_tokens\": [1, "
         "2, 3]}\n",
         NULL, 2, 0, 2, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct story story = {0};
        char dir[300];
        snprintf(dir, sizeof dir, "%s/%zu", tap_folder(), i);
        file_make_folder(dir, NULL);
        put(dir, "metrics.jsonl", rows[i].metrics);
        put(dir, "evaluations.jsonl", rows[i].evaluations);
        story_read(&story, dir, rows[i].step, slice_of(""));
        ok(story.seconds == rows[i].seconds, "row %zu: %g seconds", i, story.seconds);
        ok(rows[i].first_tokens < 0 ? story.sources == 0
                                    : story.source_tokens[0] == rows[i].first_tokens,
           "tokens");
        ok(story.evaluated == (rows[i].loss > 0) &&
               (!story.evaluated ||
                (story.of[OBJECTIVE_MLM].loss == rows[i].loss &&
                 story.of[OBJECTIVE_NSP].count == 0 && story.documents == 5)),
           "results");
        story_fini(&story);
    }
}

static void test_machine(void) {
    static const char *const rows[][2] = {
        {"mpibert: 1\nkernels: AVX2\nprocessor: EPYC (family 25)\nranks: 2\n",
         "MPI ranks: 2; EPYC (family 25); kernels AVX2"},
        {"ranks: 2\n", "MPI ranks: 2"},
        {"mpibert: 1\n", ""},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct story story = {0};
        story_read(&story, "nowhere", 1, slice_of(rows[i][0]));
        is_str(story.machine.data ? story.machine.data : "", rows[i][1], "machine %zu",
               i);
        story_fini(&story);
    }
}

int main(void) {
    test_read();
    test_machine();
    return tap_done();
}
