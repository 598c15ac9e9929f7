/* SPDX-License-Identifier: Apache-2.0 */
/* A thread's stack: see stack.h.  The thread itself takes it, in a handler; whoever
 * asked finds the names. */
#include "src/base/stack.h"

#include <execinfo.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "src/base/symbols.h"

enum { FRAMES = 48, OWN_FRAMES = 2, NAME = 64 };

static pthread_t asked;
static void *frames[FRAMES];
static atomic_int frame_count;

static int signal_number(void) { return SIGRTMIN + 3; }

static void take(int number) {
    (void)number;
    atomic_store(&frame_count, backtrace(frames, FRAMES));
}

/* The first call of backtrace() loads a library, which a handler must not. */
void stack_listen(void) {
    struct sigaction action = {.sa_handler = take, .sa_flags = SA_RESTART};
    void *unused[1];
    backtrace(unused, 1);
    symbols_load();
    asked = pthread_self();
    sigemptyset(&action.sa_mask);
    sigaction(signal_number(), &action, NULL);
}

/* How many frames came. */
static int await_answer(void) {
    const struct timespec moment = {.tv_nsec = 10000000};
    for (int i = 0; i < 100 && atomic_load(&frame_count) == 0; i++)
        nanosleep(&moment, NULL);
    return atomic_load(&frame_count);
}

void stack_print(char *text, size_t size) {
    size_t at = 0;
    pthread_kill(asked, signal_number());
    int count = await_answer();
    snprintf(text, size, "no answer: the system holds it");
    for (int i = OWN_FRAMES; i < count && at + NAME + 4 < size; i++) {
        char name[NAME];
        symbols_name(frames[i], name, sizeof name);
        at += (size_t)snprintf(text + at, size - at, "%s%s",
                               i > OWN_FRAMES ? " < " : "", name);
    }
}
