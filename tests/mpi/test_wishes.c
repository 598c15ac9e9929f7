/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a deadline that one rank alone was told, as by a launcher that gives a
 * scheduler's variables to its own host, is that of all ranks once they shared it; and
 * without any, none is made. */
#include "src/train/wishes.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

#include "src/base/timer.h"
#include "tests/tap.h"

static struct comm *comm;

/* Rank 0 is told that so many seconds are left; NAN: nothing. */
static void check(double left) {
    struct config config;
    struct wishes w;
    struct err err = {0};
    char text[32];
    config_init(&config);
    config_set(&config, "checkpoint.dir", tap_folder(), "test", NULL);
    snprintf(text, sizeof text, "%.0f", (double)time(NULL) + left);
    if (comm_rank(comm) == 0 && !isnan(left))
        config_set(&config, "train.deadline", text, "test", NULL);
    is_int(wishes_open(&w, &config, comm_rank(comm), &err), 0, "wishes %s", err.text);
    wishes_share(&w, comm);
    double ends = w.end - timer_now();
    ok(isnan(left) ? isinf(ends) : fabs(ends - left) < 5, "%g s are left, of %g", ends,
       left);
    wishes_spent(&w, WISHES_STEP, 100);
    is_int(wishes_has(wishes_look(&w), WISH_TIME), comm_rank(comm) == 0 && left < 300,
           "who looks at the clock is rank 0 of a group");
    w.rank = 0; /* as the first of another group is */
    is_int(wishes_has(wishes_look(&w), WISH_TIME), left < 300, "  of each");
    wishes_close(&w);
    config_fini(&config);
}

int main(int argc, char **argv) {
    comm = comm_create(&argc, &argv, NULL);
    tap_quiet(comm_rank(comm) != 0);
    check(10000);
    check(200);
    check(NAN);
    comm_destroy(comm);
    return tap_done();
}
