/* SPDX-License-Identifier: Apache-2.0 */
/* The objectives by number and by name, and what is known of each: over a chunk, sums
 * that add up; over the global batch or held-out text, means. */
#ifndef MPIBERT_CORE_OBJECTIVES_H
#define MPIBERT_CORE_OBJECTIVES_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/err.h"
#include "src/base/str.h"

enum objective_id {
#define OBJECTIVE(ID, name, ...) OBJECTIVE_##ID,
#include "src/core/objectives.def"
#undef OBJECTIVE
    OBJECTIVES
};

/* A set of objectives is the sum of these: OBJECTIVE_SET(MLM) | OBJECTIVE_SET(NSP). */
#define OBJECTIVE_SET(ID) ((uint32_t)1 << OBJECTIVE_##ID)

static inline bool objectives_has(uint32_t set, int id) { return set >> id & 1; }

enum objective_kind {
    OBJECTIVE_BERT,
    OBJECTIVE_TEXT,
    OBJECTIVE_TAUGHT,
    OBJECTIVE_TASK
};

struct sum {
    double loss;
    int64_t correct, count;
};

struct mean {
    double loss, accuracy; /* NaN without any */
    uint64_t count;
};

struct objective_words {
    const char *name;    /* "mlm" */
    const char *packing; /* of pairs that it needs; NULL: any */
    const char *label;   /* what 1 says of a pair: "the halves are swapped" */
    const char *masks;   /* kinds that it can be trained with, "a|b"; NULL: any */
    const char *models;  /* kinds of model that can be trained so; NULL: any */
    enum objective_kind kind;
    const char *loss, *accuracy; /* keys: "mlm_loss" "mlm_accuracy" */
    const char *right;           /* a column's head: "mlm%" */
    const char *what, *unit;     /* "masked tokens" "masked" */
};

extern const struct objective_words objective_words[OBJECTIVES];

/* The set of names, "mlm,nsp"; 0 for a name that there is not, or twice (78: says the
 * names there are). */
uint32_t objectives_parse(const char *names, struct err *err);
/* Whether one is of pretraining: about text alone, not about a task's questions. */
bool objectives_of_text(int id);
/* Whether one of a set is about pairs of texts. */
bool objectives_pair(uint32_t set);
/* Which one of a set is about pairs; of a set without, the first that there is, BERT's,
 * which is what others take such a head for. */
int objectives_pair_id(uint32_t set);
/* Whether one learns what a teacher says: without one it has no loss, and it is never
 * right or wrong. */
bool objectives_taught(int id);
/* Whether metrics have an objective's keys where a set is trained; and, as there is no
 * teacher, where it is evaluated. */
bool objectives_told(uint32_t set, int id);
bool objectives_judged(uint32_t set, int id);
/* Appends the names of a set. */
void objectives_print(uint32_t set, struct str *out);

/* The mean of what was summed. */
struct mean objectives_mean(double loss, double correct, uint64_t count);
/* The loss of a step: the sum of the means that there are, each by its weight; NaN
 * without any. */
double objectives_loss(const struct mean means[OBJECTIVES],
                       const double weights[OBJECTIVES]);

#endif
