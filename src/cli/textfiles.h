/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of the files that a command was given, or of standard input. */
#ifndef MPIBERT_CLI_TEXTFILES_H
#define MPIBERT_CLI_TEXTFILES_H

#include "src/base/err.h"
#include "src/base/str.h"
#include "src/cli/args.h"

/* Gives every line (without its LF, which alone ends lines: a CR is text) to `take`. No
 * name, or
 * "-": standard input.  66, 74. */
int textfiles_lines(const struct words *names,
                    void (*take)(struct slice line, void *data), void *data,
                    struct err *err);

#endif
