/* SPDX-License-Identifier: Apache-2.0 */
/* Clocks: see timer.h. */
#include "src/base/timer.h"

#include <stdio.h>
#include <time.h>

static double seconds_of(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double timer_now(void) { return seconds_of(CLOCK_MONOTONIC); }
double timer_begin(void) {
    static double begun;
    if (begun == 0)
        begun = timer_now();
    return begun;
}

double timer_used(void) { return seconds_of(CLOCK_THREAD_CPUTIME_ID); }

void timer_span(double seconds, char text[16]) {
    if (!(seconds >= 0 && seconds < 8.64e7)) {
        snprintf(text, 16, "-");
        return;
    }
    unsigned s = (unsigned)(seconds + 0.5);
    if (s >= 86400)
        snprintf(text, 16, "%ud%02u:%02u", s / 86400, s / 3600 % 24, s / 60 % 60);
    else if (s >= 3600)
        snprintf(text, 16, "%02u:%02u:%02u", s / 3600, s / 60 % 60, s % 60);
    else
        snprintf(text, 16, "%02u:%02u", s / 60, s % 60);
}
