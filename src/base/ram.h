/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of this process and of its host, as the system counts it. */
#ifndef MPIBERT_BASE_RAM_H
#define MPIBERT_BASE_RAM_H

#include <stddef.h>

/* What the host has left for new processes, or the control groups of this one if they
 * leave it less (a job of Slurm is one); SIZE_MAX if nothing says.  `root` stands
 * before the system's paths: "" but in tests. */
size_t ram_available(const char *root);
/* What this process has in memory now, and had at most. */
size_t ram_resident(void);
size_t ram_peak(void);

#endif
