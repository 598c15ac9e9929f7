/* SPDX-License-Identifier: Apache-2.0 */
/* The names of a wiki's namespaces: "Category:", "Kategorie:", "User talk:".  Known are
 * those of MediaWiki, the names of files and categories in all its languages (authors
 * keep old names that <siteinfo> does not list, and a part of a dump comes without it),
 * and what <siteinfo> adds. */
#ifndef MPIBERT_IO_READERS_NAMESPACES_H
#define MPIBERT_IO_READERS_NAMESPACES_H

#include <stdbool.h>

#include "src/base/map.h"
#include "src/base/str.h"

/* MediaWiki's numbers of those that are told apart here. */
enum namespace_key {
    NAMESPACE_MEDIA = -2,
    NAMESPACE_MAIN = 0,
    NAMESPACE_OTHER = 2,
    NAMESPACE_FILE = 6,
    NAMESPACE_TEMPLATE = 10,
    NAMESPACE_CATEGORY = 14,
};

struct namespaces {
    struct map keys; /* of all names, folded */
    struct map own;  /* of those that the wiki gave */
};

void namespaces_init(struct namespaces *names);
void namespaces_fini(struct namespaces *names);
/* Adds a name of the wiki's own, or gives it another key. */
void namespaces_put(struct namespaces *names, struct slice name, int key);
/* The key of a name as it stands before a colon, whatever its case, spaces or
 * underscores; false if there is none of that name. */
bool namespaces_find(const struct namespaces *names, struct slice name, int *key);

/* The code of the language that the wiki's own names are in, or NULL. */
const char *namespaces_language(const struct namespaces *names);

/* Into *to: lower case (Latin, Greek, Cyrillic, Armenian), white space and underscores
 * as one space, none at the ends.  Returns the size, at most `capacity`. */
size_t namespaces_fold(struct slice name, char *to, size_t capacity);

#endif
