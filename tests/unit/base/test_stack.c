/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a thread that works, one that sleeps in the system and one that loops with all
 * locks held are asked where they are: the names of their functions must come, static
 * ones too, the innermost first; and a name of no function must be a place. */
#include "src/base/stack.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/symbols.h"
#include "tests/tap.h"

static atomic_bool there, over;
static char text[1024];

static __attribute__((noinline)) void loop_for_ever(void) {
    atomic_store(&there, true);
    while (!atomic_load(&over))
        ;
}

static void *ask(void *unused) {
    (void)unused;
    while (!atomic_load(&there))
        usleep(1000);
    stack_print(text, sizeof text);
    atomic_store(&over, true);
    return NULL;
}

int main(void) {
    pthread_t other;
    char name[64];
    stack_listen();
    pthread_create(&other, NULL, ask, NULL);
    flockfile(stdout);
    loop_for_ever();
    funlockfile(stdout);
    pthread_join(other, NULL);
    const char *inner = strstr(text, "loop_for_ever"), *outer = strstr(text, " < main");
    if (!ok(inner && outer && inner < outer, "a thread that loops"))
        diag("%s", text);
    symbols_name((const char *)(size_t)&stack_print + 1, name, sizeof name);
    is_str(name, "stack_print", "a function of ours");
    symbols_name((const void *)(size_t)&qsort, name, sizeof name);
    ok(strstr(name, "qsort") != NULL, "one of a library: %s", name);
    symbols_name((const void *)&text, name, sizeof name);
    ok(strncmp(name, "test_stack+0x", 13) == 0, "what is none: %s", name);
    symbols_name(NULL, name, sizeof name);
    ok(strchr(name, '+') != NULL, "nothing: %s", name);
    return tap_done();
}
