/* SPDX-License-Identifier: Apache-2.0 */
/* The manifest of a family's folder: which seed, at which step, is in which file. */
#ifndef MPIBERT_CLI_INSPECT_FAMILY_H
#define MPIBERT_CLI_INSPECT_FAMILY_H

#include <stdbool.h>

#include "src/base/err.h"

/* Local.  Prints a row for each checkpoint, by seed and step: seed, step, tokens, loss,
 * state_hash, path; as a table, or one JSON object.  65, 74 as ckpt_open. */
int inspect_family(const char *dir, bool json, struct err *err);

#endif
