/* SPDX-License-Identifier: Apache-2.0 */
/* A list that the user gives as a file, an entry a line. */
#ifndef MPIBERT_FILTER_LIST_H
#define MPIBERT_FILTER_LIST_H

#include <stdbool.h>

#include "src/base/err.h"
#include "src/base/hash.h"
#include "src/base/str.h"

struct word_list {
    struct str text;
    struct hash128 hash; /* of the whole file */
};

/* Reads the file that an option names.  66, 74 if it cannot be read; 65 above 4 GiB.
 * Finish with list_fini either way. */
int list_read(struct word_list *list, const char *option, const char *path,
              struct err *err);
/* The next entry of *rest, outer white space trimmed; blank lines are passed over. */
bool list_next(struct slice *rest, struct slice *entry);
void list_fini(struct word_list *list);

#endif
