/* SPDX-License-Identifier: Apache-2.0 */
/* What to tell the user about where a host's ranks run. */
#ifndef MPIBERT_MPI_PLACE_TEXT_H
#define MPIBERT_MPI_PLACE_TEXT_H

#include "mpi/place.h"
#include "src/base/str.h"

/* Appends "2 ranks × 4 threads: cores 0-3 | 4-7 (2 NUMA domains)"; a core is called by
 * the system's number of its first processor. */
void place_describe(const struct place_host *host, struct str *text);
/* Appends a line, with LF, for each thing that makes threads wait for each other, or
 * for memory, or leaves cores idle that nobody asked to leave. */
void place_warn(const struct place_host *host, struct str *lines);

#endif
