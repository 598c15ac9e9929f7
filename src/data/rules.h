/* SPDX-License-Identifier: Apache-2.0 */
/* By what rules a lane makes its examples: a row a phase of the run. */
#ifndef MPIBERT_DATA_RULES_H
#define MPIBERT_DATA_RULES_H

#include <stdint.h>

#include "src/core/config.h"
#include "src/core/vocab.h"
#include "src/data/mask.h"
#include "src/data/pack.h"

struct rules {
    uint64_t
        end; /* the lane's example that the next row begins with; of the last none */
    int64_t lane_batch; /* examples of a lane a step */
    struct pack_rules pack;
    struct mask_rules mask;
};

/* A row each phase of the configuration; owned, free with mem_free.  Borrows the
 * vocabulary. */
struct rules *rules_create(const struct config *config, const struct vocab *vocab);
/* The row that a lane's example is made by. */
const struct rules *rules_find(const struct rules *table, uint64_t example);

#endif
