/* SPDX-License-Identifier: Apache-2.0 */
/* A file of a dictionary, in HDF5:
 *
 *   /atoms        (K, d) float32
 *   /curve        (iteration, 2) float32: of each, mean objective and atoms in a code
 *   /pairs /sums  (K, K) (K, d) float32: of one that is still being learnt
 *   /about        text: "key: value" lines: lambda, layer, teacher, teacher_hash,
 *                 source_hash, iteration, iterations
 * and the attributes format, version and hash of the root.  The same dictionary is the
 * same bytes. */
#ifndef MPIBERT_IO_DICTIONARY_H
#define MPIBERT_IO_DICTIONARY_H

#include "src/base/err.h"
#include "src/core/dictionary.h"

/* Local, one rank alone.  The file is complete or not there.  74. */
int dictionary_write(const char *path, const struct dictionary *dictionary,
                     struct err *err);
/* Local.  Into a zeroed one.  66: not there, 65: no such file or damaged, 78: of
 * another version, 74. */
int dictionary_read(const char *path, struct dictionary *dictionary, struct err *err);

#endif
