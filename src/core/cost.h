/* SPDX-License-Identifier: Apache-2.0 */
/* What reading cost: seconds of a processor, by what they went into.  For reports only;
 * nothing in a run is decided by it. */
#ifndef MPIBERT_CORE_COST_H
#define MPIBERT_CORE_COST_H

#include <stdint.h>

/* X(name, what it is) */
#define COST(X)                                                                        \
    X(decompress, "decompress: file to members' bytes")                                \
    X(parse, "parse: to documents, other lanes' too")                                  \
    X(filter, "filter: documents and lines dropped by rules")                          \
    X(split, "split: to sentences")                                                    \
    X(tokenize, "tokenise: to ids")                                                    \
    X(pack, "pack: to masked examples in batches")

struct cost {
#define COST_FIELD(name, what) double name;
    COST(COST_FIELD)
#undef COST_FIELD
};

enum { COST_COUNT = sizeof(struct cost) / sizeof(double) };

/* In the order of the fields. */
extern const char *const cost_names[COST_COUNT], *const cost_sentences[COST_COUNT];

/* Adds field by field. */
void cost_add(struct cost *to, const struct cost *more);

#endif
