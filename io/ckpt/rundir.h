/* SPDX-License-Identifier: Apache-2.0 */
/* Which folders are a run's.  A folder is, when it holds a checkpoint by its name
 * (checkpoint-000000500.h5), whole, unfinished or set aside: whatever else lies in it.
 * Nothing but the run itself writes there. */
#ifndef MPIBERT_IO_CKPT_RUNDIR_H
#define MPIBERT_IO_CKPT_RUNDIR_H

#include <stdbool.h>

#include "src/base/str.h"

/* Local.  False also where there is no such folder. */
bool rundir_is(const char *dir);
/* Local.  Whether `path`, which need not be there yet, lies in a run's folder at any
 * depth or is one, links resolved; that folder is appended to *run. */
bool rundir_holds(const char *path, struct str *run);

#endif
