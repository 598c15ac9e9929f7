/* SPDX-License-Identifier: Apache-2.0 */
/* Making the cache of a run (cache.h): the whole of `mpibert teach`. */
#ifndef MPIBERT_TRAIN_TEACH_H
#define MPIBERT_TRAIN_TEACH_H

#include "mpi/comm.h"
#include "src/base/err.h"
#include "src/core/config.h"

struct teach_result {
    int64_t lanes, examples; /* of each lane that there are now */
    int64_t part;            /* of them in a file */
    double bytes, seconds;   /* of all files */
    double asked;            /* examples that the teacher was asked about now */
};

/* Collective.  Goes through the text of the run, asks its teacher, and fills
 * teacher.cache; what an earlier start wrote is verified and stays, whatever the number
 * of ranks was.  `quiet`: nothing is said on the way.  75: stopped by a signal.  78: no
 * teacher, no folder, a cache of another teacher, or one that would be larger than
 * teacher.cache_bytes.  65: a cache of other data; else as the data's faults are. */
int teach_run(struct comm *comm, const struct config *config, bool quiet,
              struct teach_result *result, struct err *err);

#endif
