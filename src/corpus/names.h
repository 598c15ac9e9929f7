/* SPDX-License-Identifier: Apache-2.0 */
/* Names of shards, where lists and new files tell shards apart by them. */
#ifndef MPIBERT_CORPUS_NAMES_H
#define MPIBERT_CORPUS_NAMES_H

#include "io/manifest.h"
#include "src/base/err.h"
#include "src/base/str.h"

/* The file without its folder and without endings such as .tar.gz or .warc.wet.gz;
 * borrowed. */
struct slice names_stem(const char *path);
/* 78 if two shards have the same base name. */
int names_check_bases(const struct manifest *manifest, struct err *err);
/* 78 if two shards have the same stem. */
int names_check_stems(const struct manifest *manifest, struct err *err);

#endif
