/* SPDX-License-Identifier: Apache-2.0 */
/* Signals: see signals.h.  A launcher may deliver one signal twice, from the scheduler
 * and from itself: what comes within a tenth of a second of the first counts as the
 * same.  Nobody presses a key that fast. */
#include "src/base/signals.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

enum { SAME_MS = 100 };

static atomic_int stop, saves;
static _Atomic int64_t insisted_at; /* when TERM or INT first came; 0: not yet */

static int64_t milliseconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Whether TERM or INT has come before, and not just now. */
static bool insists(void) {
    int64_t never = 0, now = milliseconds();
    if (atomic_compare_exchange_strong(&insisted_at, &never, now))
        return false;
    return now - atomic_load(&insisted_at) >= SAME_MS;
}

static void take(int number) {
    static const char last[] = "\nmpibert: stopped at once\n";
    int none = 0;
    if (number == SIGUSR1) {
        atomic_fetch_add(&saves, 1);
        return;
    }
    atomic_compare_exchange_strong(&stop, &none, number);
    if (number == SIGUSR2 || !insists())
        return;
    ssize_t unused = write(STDERR_FILENO, last, sizeof last - 1);
    (void)unused;
    _exit(128 + number);
}

void signals_listen(void) {
    static const int numbers[] = {SIGUSR1, SIGUSR2, SIGTERM, SIGINT};
    struct sigaction action = {.sa_handler = take, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        sigaction(numbers[i], &action, NULL);
}

int signals_stop(void) { return atomic_load(&stop); }
int signals_saves(void) { return atomic_load(&saves); }
