/* SPDX-License-Identifier: Apache-2.0 */
/* Which cores of a host each of its ranks gets, and how many threads: a pure function
 * of the host's cores, of where each rank may run and of what the user asked for. */
#ifndef MPIBERT_MPI_PLACE_H
#define MPIBERT_MPI_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/topology.h"

/* A host as its ranks see it together; all borrowed. */
struct place_host {
    const struct topology *topology;
    int ranks;
    const uint8_t *usable;  /* (cores) 1: the job may run there */
    const uint8_t *allowed; /* (ranks, cores) 1: the rank may */
    const int32_t *asked;   /* (ranks) threads that OMP_NUM_THREADS names; 0: none */
    bool bound_by_user; /* OpenMP's own variables say where threads run, nobody else;
                           allowed is where it keeps the first of each rank */
};

/* Where one rank's threads run. */
struct place {
    int threads;
    int core_count;
    int *cores; /* (core_count) of the topology; thread i is for cores[i]; owned */
    bool own;   /* these cores are no other rank's, and there is one for each thread */
};

/* Ranks that may run on the same cores share them out in equal runs, in order of rank;
 * a rank that asks for no number of threads gets one for each core of its run, all
 * ranks of such cores the same number.  Where ranks' cores overlap only in part nobody
 * owns any, and threads are as many as a fair share has cores.  A rank alone that
 * leaves cores free owns none, either: others like it may run beside it, and all would
 * have the first. */
void place_init(struct place *place, const struct place_host *host, int rank);
void place_fini(struct place *place);

/* (cores) of a rank in host->allowed, and how many are set in host->usable. */
const uint8_t *place_allowed(const struct place_host *host, int rank);
int place_usable(const struct place_host *host);

#endif
