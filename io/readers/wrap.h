/* SPDX-License-Identifier: Apache-2.0 */
/* Prose that was wrapped at a column, put together again. */
#ifndef MPIBERT_IO_READERS_WRAP_H
#define MPIBERT_IO_READERS_WRAP_H

#include <stdbool.h>

#include "src/base/str.h"

/* If the text looks hard-wrapped, turns the line ends that only wrap into spaces (in
 * place, so that no byte moves) and returns true.  Blank lines stay, and so do ends of
 * short lines. */
bool wrap_join(struct str *text);

#endif
