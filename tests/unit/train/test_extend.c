/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: what a run says when it is started again follows from how many steps it has,
 * had and is asked for: nothing where nothing changed, that it is complete, or what
 * became of its rate; never that a rate is X and not X. */
#include "src/train/extend.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "src/base/file.h"
#include "tests/tap.h"

/* The rate is 0.01, without warm-up. */
static const struct row {
    const char *schedule, *schedule_steps, *steps;
    int64_t before, step; /* train.steps of then, steps done */
    const char *words;    /* all that must be there; NULL: nothing is said */
} rows[] = {
    {"linear", NULL, "20", 10, 0, NULL}, /* a new run */
    {"linear", NULL, "20", 20, 7, NULL},
    {"linear", NULL, "20", 10, 10,
     "extended  from 10 steps to 20; the schedule (linear) now spans all of them: the "
     "next rate is 0.005, not 0\n"},
    {"linear", NULL, "100001", 100000, 50000, "the next rate is 0.005 as before\n"},
    {"constant", NULL, "20", 10, 10,
     "extended  from 10 steps to 20; the schedule (constant) now spans all of them: "
     "the "
     "next rate is 0.01 as before\n"},
    {"linear", "40", "20", 10, 10,
     "extended  from 10 steps to 20; the schedule still ends at train.schedule_steps "
     "40, the next rate is 0.0075\n"},
    {"linear", "10", "20", 10, 10, "at a rate of 0 nothing more is learnt"},
    {"linear", NULL, "10", 10, 10,
     "complete  already: step 10, and train.steps is 10; nothing is left to do\n"
     "          to go on, set train.steps larger; with twice the steps the next rate "
     "is "
     "0.005\n"},
    {"constant", NULL, "10", 10, 10, "with twice the steps the next rate is 0.01\n"},
    {"linear", NULL, "5", 10, 10, "complete  already: step 10, and train.steps is 5;"},
};

static void capture(const struct session *session, struct str *text) {
    char path[256];
    snprintf(path, sizeof path, "%s/out", tap_folder());
    fflush(stdout);
    int before = dup(STDOUT_FILENO),
        file = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    dup2(file, STDOUT_FILENO);
    extend_print(session);
    fflush(stdout);
    dup2(before, STDOUT_FILENO);
    close(before), close(file);
    if (file_read(path, 1 << 16, text, NULL) < 0)
        ok(false, "cannot read %s", path);
}

static void test_row(const struct row *row) {
    const char *const settings[][2] = {{"train.schedule", row->schedule},
                                       {"train.schedule_steps", row->schedule_steps},
                                       {"train.steps", row->steps},
                                       {"train.warmup_steps", "0"},
                                       {"train.learning_rate", "0.01"}};
    struct config config;
    struct str text = {0};
    const struct session session = {
        .config = &config, .step = row->step, .steps_before = row->before};
    config_init(&config);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        config_set(&config, settings[i][0], settings[i][1], "test", NULL);
    capture(&session, &text);
    const char *said = text.data ? text.data : "";
    ok(row->words ? strstr(said, row->words) != NULL : *said == '\0',
       "%s of %s steps, %d done of %d: %s", row->schedule, row->steps, (int)row->step,
       (int)row->before, row->words ? row->words : "nothing");
    is_int(extend_is_complete(&session), strstr(said, "complete") != NULL,
           "  complete as it says");
    str_fini(&text);
    config_fini(&config);
}

int main(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        test_row(&rows[i]);
    return tap_done();
}
