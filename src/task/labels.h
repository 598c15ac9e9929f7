/* SPDX-License-Identifier: Apache-2.0 */
/* The labels of a task: what its files call each, the words that people read, and its
 * number, which is its row in the head. */
#ifndef MPIBERT_TASK_LABELS_H
#define MPIBERT_TASK_LABELS_H

#include <stdint.h>

#include "src/base/map.h"
#include "src/base/str.h"

/* Zero it to begin. */
struct labels {
    struct str *names; /* (count) owned: as files have them */
    struct str *words; /* (count) owned: "not_equivalent" of "0" */
    int count;
    struct map ids; /* name -> number */
};

/* A list "0=unacceptable 1=acceptable" or "entailment not_entailment", in its order. */
void labels_parse(struct labels *labels, const char *list);
/* The number of a name, or -1. */
int32_t labels_find(const struct labels *labels, struct slice name);
/* Its number, given to it if it has none. */
int32_t labels_add(struct labels *labels, struct slice name);
/* Puts them in order, by value if all are numbers, else by bytes; numbers[i] (count) is
 * then the number of what was number i. */
void labels_sort(struct labels *labels, int32_t *numbers);
/* Appends them as a sentence has them: 'a', 'b', …, a dozen at most. */
void labels_tell(const struct labels *labels, struct str *out);
void labels_fini(struct labels *labels);

#endif
