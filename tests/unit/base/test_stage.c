/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a thread is in exactly one stage at a time, so what all stages gained between
 * two readings is the time that passed, however stages were nested, and each gained
 * what was spent in it alone; threads add up; operations go to the stage they were done
 * in. */
#include <math.h>
#include <omp.h>
#include <string.h>

#include "src/base/stage.h"
#include "src/base/timer.h"
#include "tests/tap.h"

static void spend(double seconds) {
    for (double start = timer_now(); timer_now() - start < seconds;)
        ;
}

/* As a function within another's stage. */
static void inner(void) {
    enum stage outer = stage_to(STAGE_GELU);
    is_int(outer, STAGE_UP, "told which stage it was in");
    spend(0.02);
    stage_to(outer);
}

static void is_near(double got, double want, const char *what) {
    ok(got > want - 1e-3 && got < want + 0.3, "%s: %.4f s, spent %.4f", what, got,
       want);
}

static void test_nested(void) {
    struct stage_totals before, after;
    stage_to(STAGE_NONE);
    stage_read(&before);
    double start = timer_now(), sum = 0;
    stage_to(STAGE_UP);
    spend(0.01);
    stage_add_flops(100);
    inner();
    stage_add_flops(23);
    spend(0.01);
    stage_to(STAGE_NONE);
    double wall = timer_now() - start;
    stage_to(STAGE_NONE);
    stage_read(&after);
    for (int i = STAGE_NONE + 1; i < STAGES_COUNT; i++)
        sum += after.seconds[i] - before.seconds[i];
    ok(fabs(sum - wall) < 0.01 * wall + 1e-4, "all stages: %.5f s of %.5f", sum, wall);
    is_near(after.seconds[STAGE_UP] - before.seconds[STAGE_UP], 0.02, "the outer one");
    is_near(after.seconds[STAGE_GELU] - before.seconds[STAGE_GELU], 0.02,
            "the inner one");
    is_int((int)(after.flops[STAGE_UP] - before.flops[STAGE_UP]), 123, "operations");
    is_int((int)(after.flops[STAGE_GELU] - before.flops[STAGE_GELU]), 0,
           "not the inner one's");
}

static void test_threads(void) {
    struct stage_totals before, after;
    stage_read(&before);
#pragma omp parallel num_threads(3)
    {
        enum stage outer = stage_to(STAGE_QKV);
        stage_add_flops(1);
        spend(0.01);
        stage_to(outer);
    }
    stage_read(&after);
    is_near(after.seconds[STAGE_QKV] - before.seconds[STAGE_QKV], 0.03,
            "three threads");
    is_int((int)(after.flops[STAGE_QKV] - before.flops[STAGE_QKV]), 3,
           "their operations");
}

static void test_names(void) {
    enum stage_phase last = PHASE_NONE;
    for (int i = 0; i < STAGES_COUNT; i++) {
        ok(stage_phase_of(i) >= last && strlen(stage_name(i)) <= 22,
           "%s, %s: phases in order, a name that fits", stage_phase_name(last),
           stage_name(i));
        last = stage_phase_of(i);
    }
    is_int(last, PHASES_COUNT - 1, "every phase has a stage");
}

int main(void) {
    test_nested();
    test_threads();
    test_names();
    return tap_done();
}
