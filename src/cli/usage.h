/* SPDX-License-Identifier: Apache-2.0 */
/* The help text of a command, out of its row. */
#ifndef MPIBERT_CLI_USAGE_H
#define MPIBERT_CLI_USAGE_H

#include "src/cli/command.h"

/* On standard output. */
void usage_print(const struct command *command);

#endif
