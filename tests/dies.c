/* SPDX-License-Identifier: Apache-2.0 */
/* Deaths at a distance: see dies.h. */
#include "tests/dies.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/die.h"
#include "src/base/err.h"

/* _exit, because the parent's exit handlers (its folder) are not the child's to run. */
static void leave(int code) { _exit(code); }

bool dies(void (*act)(void *context), void *context) {
    int status = 0;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        if (freopen("/dev/null", "w", stderr) == NULL)
            _exit(1);
        die_set_hook(leave);
        act(context);
        _exit(0);
    }
    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
           WEXITSTATUS(status) == ERR_INTERNAL;
}
