/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a run that has so much time left, and whose steps and saves take so long,
 * stops if and only if another step might leave no room for the save; a file STOP and a
 * signal are seen, the first by rank 0 alone. */
#include "src/train/wishes.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "src/base/signals.h"
#include "src/base/timer.h"
#include "tests/tap.h"

static struct config config;

static void begin(struct wishes *w, int rank) {
    struct err err = {0};
    ok(wishes_open(w, &config, rank, &err) == 0, "wishes of rank %d %s", rank,
       err.text);
}

/* Of 1000 s that were allowed; the spare is 10.5 s. */
static void test_time(void) {
    static const struct {
        double left, step, evaluation, save;
        double guess, evaluation_guess;
        int runs, rank;
        bool stops;
    } rows[] = {
        {990, 1, 0, 1, 0, 0, 1, 0, false},
        {11, 0, 0, 0, 0, 0, 1, 0, false},
        {10, 0, 0, 0, 0, 0, 1, 0, true},
        {71, 0, 0, 20, 0, 0, 1, 0, false},
        {70, 0, 0, 20, 0, 0, 1, 0, true},
        {41, 10, 0, 0, 0, 0, 1, 0, false},
        {40, 10, 0, 0, 0, 0, 1, 0, true},
        {40, 0, 20, 0, 0, 0, 1, 0, true},
        {40, 0, 0, 0, 20, 0, 1, 0, true}, /* nothing was saved yet */
        {40, 0, 0, 1, 20, 0, 1, 0, false},
        {100, 10, 0, 0, 0, 0, 4, 0, true},
        {140, 10, 0, 0, 0, 0, 4, 0, false},
        {10, 0, 0, 0, 0, 0, 1, 1, false}, /* rank 0's */
        {-500, 0, 0, 0, 0, 0, 1, 0, true},
        {INFINITY, 900, 900, 900, 0, 0, 1, 0, false},
        {40, 0, 0, 0, 0, 20, 1, 0, true}, /* nor evaluated */
        {40, 0, 1, 0, 0, 20, 1, 0, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct wishes w;
        begin(&w, rows[i].rank);
        w.runs = rows[i].runs;
        w.end = timer_now() + rows[i].left;
        w.start = isinf(w.end) ? timer_now() : w.end - 1000;
        wishes_guess(&w, WISHES_SAVE, rows[i].guess);
        wishes_guess(&w, WISHES_EVALUATION, rows[i].evaluation_guess);
        wishes_spent(&w, WISHES_STEP, rows[i].step);
        wishes_spent(&w, WISHES_EVALUATION, rows[i].evaluation);
        wishes_spent(&w, WISHES_SAVE, rows[i].save);
        is_int(wishes_has(wishes_look(&w), WISH_TIME), rows[i].stops,
               "%g s left; step %g, evaluation %g, save %g s, %d runs", rows[i].left,
               rows[i].step, rows[i].evaluation, rows[i].save, rows[i].runs);
        wishes_close(&w);
    }
}

/* A slow step is forgotten, a slow save never. */
static void test_fading(void) {
    struct wishes w;
    begin(&w, 0);
    wishes_spent(&w, WISHES_STEP, 100);
    wishes_spent(&w, WISHES_SAVE, 100);
    for (int i = 0; i < 300; i++) {
        wishes_spent(&w, WISHES_STEP, 1);
        wishes_spent(&w, WISHES_SAVE, 1);
    }
    ok(w.seconds[WISHES_STEP] < 1.5 && w.seconds[WISHES_STEP] >= 1, "steps of now");
    ok(w.seconds[WISHES_SAVE] == 100, "the slowest save");
    wishes_close(&w);
}

static void test_file(void) {
    struct wishes w, other;
    struct err err;
    begin(&w, 0);
    begin(&other, 1);
    is_int(wishes_look(&w), 0, "nothing is wished");
    FILE *file = fopen(w.file.data, "w");
    ok(file && fclose(file) == 0, "a file STOP");
    is_int(wishes_look(&w), 0, "  is not looked for at once again");
    w.looked -= 2, other.looked -= 2;
    is_int(wishes_look(&w), 1 << WISH_FILE, "  but a second later");
    is_int(wishes_look(&other), 0, "  and by rank 0 alone");
    is_int(wishes_stopped(1 << WISH_FILE, 7, &err), -1, "to stop is a failure");
    is_int(err.code, 75, "  of its own code");
    is_str(
        err.text,
        "stopped at step 7; start it again to go on (a file STOP asked for it, and is "
        "removed)",
        "  in words");
    wishes_close(&other);
    ok(access(w.file.data, F_OK) == 0, "a rank that has not seen it leaves it");
    char path[256];
    snprintf(path, sizeof path, "%s", w.file.data);
    wishes_close(&w);
    ok(access(path, F_OK) < 0, "who has, removes it");
}

/* Of two groups of ranks one finds the file first, and has saved before the other
 * looks. */
static void test_shared(void) {
    struct wishes first, second;
    char path[256];
    begin(&first, 0);
    begin(&second, 0);
    first.shared = second.shared = true;
    snprintf(path, sizeof path, "%s", first.file.data);
    FILE *file = fopen(path, "w");
    ok(file && fclose(file) == 0, "a file STOP for two");
    is_int(wishes_look(&first), 1 << WISH_FILE, "  one finds it");
    wishes_served(&first);
    is_int(wishes_look(&second), 1 << WISH_FILE, "  and the other after that");
    wishes_close(&first);
    wishes_close(&second);
    ok(access(path, F_OK) < 0, "  when both have ended, it is gone");
}

static void test_signals(void) {
    struct wishes w;
    struct err err;
    begin(&w, 1);
    signals_listen();
    raise(SIGUSR1);
    is_int(wishes_look(&w), 0, "USR1 is no wish to stop");
    ok(!wishes_stop(1 << WISH_SAVE) && wishes_stop(1 << WISH_INT), "nor is to save");
    raise(SIGTERM);
    is_int(wishes_look(&w), 1 << WISH_TERM, "TERM is, on any rank");
    is_int(wishes_signalled(), 1 << WISH_TERM, "  for whoever asks");
    wishes_stopped(wishes_look(&w), 3, &err);
    is_str(err.text,
           "stopped at step 3; start it again to go on (SIGTERM asked for it)",
           "  and is named");
    wishes_close(&w);
}

int main(void) {
    config_init(&config);
    config_set(&config, "checkpoint.dir", tap_folder(), "test", NULL);
    test_time();
    test_fading();
    test_file();
    test_shared();
    test_signals();
    config_fini(&config);
    return tap_done();
}
