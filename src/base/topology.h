/* SPDX-License-Identifier: Apache-2.0 */
/* The cores of this host and the NUMA domains they lie in.  A core counts once, however
 * many processors (SMT) it shows.  The only door to hwloc, whose variables count here
 * too: HWLOC_SYNTHETIC="numa:2 core:8 pu:2" shows another machine, on which nothing is
 * bound. */
#ifndef MPIBERT_BASE_TOPOLOGY_H
#define MPIBERT_BASE_TOPOLOGY_H

#include <stdbool.h>
#include <stdint.h>

struct hwloc_topology;
struct hwloc_bitmap_s;

struct topology_core {
    int processor; /* the system's number of its first: what taskset calls it */
    int domain;    /* NUMA, counted from 0 */
};

struct topology {
    int core_count, domain_count;
    struct topology_core *cores; /* neighbours in caches are neighbours here; owned */
    struct hwloc_topology *machine;
    struct hwloc_bitmap_s *bound; /* where this process could run at topology_init */
};

/* All cores of the host, also those this process may not run on, so that the ranks of a
 * host number them alike.  An unreadable machine is a bug of the system: die(). */
void topology_init(struct topology *topology);
/* allowed[core_count] = 1 where this process may run: by its control group, and by what
 * mpirun, srun or taskset bound it to. */
void topology_allowed(const struct topology *topology, uint8_t *allowed);
/* usable[core_count] = 1 where the host lets this job run: by its control group alone.
 */
void topology_usable(const struct topology *topology, uint8_t *usable);
/* Keeps the calling thread on a core, within what the process was bound to.  False
 * where the system refuses. */
bool topology_bind(const struct topology *topology, int core);
void topology_fini(struct topology *topology);

#endif
