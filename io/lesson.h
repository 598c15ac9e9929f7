/* SPDX-License-Identifier: Apache-2.0 */
/* A file of a lesson, in HDF5:
 *
 *   /about            text: "key: value" lines that say what it is of
 *   /hashes /rows /states
 *   /logits/counts /logits/at /logits/values   and the same of /codes
 *   /tokens /attention
 *                     its parts (core/lesson.h), as uint8 (numbers, bytes of one),
 *                     little-endian
 * and the attributes format, version and hash of the root.  The same lesson is the same
 * bytes. */
#ifndef MPIBERT_IO_LESSON_H
#define MPIBERT_IO_LESSON_H

#include "src/base/err.h"
#include "src/core/lesson.h"

/* Local.  The file is complete or not there.  74. */
int lesson_write(const char *path, struct slice about, const struct lesson *lesson,
                 struct err *err);
/* Local.  What it holds in place of *about and of a lesson of this shape, counted.
 * 66: not there, 65: no such file or damaged, 78: of another version, 74. */
int lesson_read(const char *path, struct str *about, struct lesson *lesson,
                struct err *err);

#endif
