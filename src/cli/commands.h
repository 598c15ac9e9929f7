/* SPDX-License-Identifier: Apache-2.0 */
/* The table of commands, and a command by the words that it is called by. */
#ifndef MPIBERT_CLI_COMMANDS_H
#define MPIBERT_CLI_COMMANDS_H

#include "src/base/str.h"
#include "src/cli/command.h"

extern const struct command *const commands[]; /* ends with NULL */

/* Whether it is a part of another command. */
bool commands_is_part(const struct command *command);
/* Whether it has parts, and does nothing by itself. */
bool commands_has_parts(const struct command *command);
/* The part of a command that is in row i or after it; NULL: there is none; *i is the
 * row after it. */
const struct command *commands_next_part(const struct command *of, int *i);
/* "peak, gemm, step". */
void commands_list_parts(const struct command *of, struct str *out);

/* The command that argv[0] names, or the part of it that argv[1] does; NULL (64): there
 * is none, and the message has the nearest.  One that has parts is found where none is
 * named (argv[1] is not there, or is an option). */
const struct command *commands_find(int argc, char *const *argv, struct err *err);

#endif
