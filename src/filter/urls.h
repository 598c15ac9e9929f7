/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses not to read from. */
#ifndef MPIBERT_FILTER_URLS_H
#define MPIBERT_FILTER_URLS_H

#include <stdbool.h>

#include "src/base/err.h"
#include "src/base/hash.h"
#include "src/base/map.h"
#include "src/base/str.h"

/* Zero it to begin. */
struct urls {
    struct map entries;  /* "host" and "host/path" */
    struct hash128 hash; /* of the file */
};

/* A line is a host ("example.org", and all below it) or the beginning of addresses
 * ("example.org/forum"); https:// and www. before it do not matter.  66, 74. */
int urls_read(struct urls *urls, const char *path, struct err *err);
bool urls_have(const struct urls *urls, struct slice url);
void urls_fini(struct urls *urls);

#endif
