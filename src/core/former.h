/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of options that are part of another option now.  They still set it, in files, in
 * the environment and in old checkpoints; nothing else shows them. */
#ifndef MPIBERT_CORE_FORMER_H
#define MPIBERT_CORE_FORMER_H

#include "src/base/err.h"

/* The keys one after the other; NULL at their end. */
const char *former_key(int i);
/* Puts in place of a former key and its value those that mean the same now, which last;
 * leaves others.  78 for a value that it never took. */
int former_translate(const char **key, const char **text, const char *origin,
                     struct err *err);

#endif
