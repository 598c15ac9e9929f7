/* SPDX-License-Identifier: Apache-2.0 */
/* The table of formats; export, its proof, import and all that loads a folder go by its
 * rows alone. */
#ifndef MPIBERT_IO_CONVERT_FORMATS_H
#define MPIBERT_IO_CONVERT_FORMATS_H

#include "io/convert/format.h"

/* Ends with NULL. */
extern const struct format *const formats[];
/* By name; NULL (64) names those that there are. */
const struct format *formats_find(const char *name, struct err *err);
/* The one that a folder is of, or NULL. */
const struct format *formats_of(const char *dir);

#endif
