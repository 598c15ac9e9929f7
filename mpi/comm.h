/* SPDX-License-Identifier: Apache-2.0 */
/* The ranks of a job.  The only room that includes <mpi.h>, with io/ckpt/hdf5.c.  Only
 * the main thread may call (MPI_THREAD_FUNNELED).  Works without mpirun, as one
 * rank. */
#ifndef MPIBERT_MPI_COMM_H
#define MPIBERT_MPI_COMM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/err.h"
#include "src/base/str.h"

struct comm; /* opaque */

/* Collective.  Starts MPI, duplicates the world, points die() at MPI_Abort, tells log.h
 * the rank, ignores SIGXFSZ.  Refuses (78) to be one of several lone ranks (a job of
 * SLURM_NTASKS > 1 whose world has size 1): use mpirun, or srun --mpi=pmix. */
struct comm *comm_create(int *argc, char ***argv, struct err *err);
/* Collective.  Ends MPI.  Accepts NULL. */
void comm_destroy(struct comm *comm);

/* Collective.  The ranks that give the same colour, in the same order, as a group of
 * their own: owned, ended by comm_leave before `comm` ends. */
struct comm *comm_split(struct comm *comm, int colour);
/* Collective over the group.  Accepts NULL. */
void comm_leave(struct comm *group);

/* Local.  From now on each collective here, and of groups made here, compares what
 * ranks come to, and ends the job (70) where that differs, before they wait for each
 * other in vain.  Costs a small sum each; programs compiled with -DMPIBERT_DEBUG begin
 * so. */
void comm_check(struct comm *comm, bool checked);

/* Local.  Whether this process was started as one of several ranks and has not begun
 * MPI: the others, if they have, wait for it, even after it ended. */
bool comm_is_awaited(void);

/* Local, as those that follow. */
int comm_rank(const struct comm *comm);
int comm_size(const struct comm *comm);
/* Ranks on this rank's host, the least of them, and the host's name (borrowed). */
int comm_node_size(const struct comm *comm);
int comm_node_first(const struct comm *comm);
const char *comm_host(const struct comm *comm);
/* Open MPI's version, as it says it; static. */
const char *comm_describe(void);

/* All collective.  A fault of MPI itself ends the job, so that none of them returns
 * one.  Counts may exceed 2^31. */
void comm_barrier(struct comm *comm);
void comm_sum_u64(struct comm *comm, uint64_t *values, size_t count);
void comm_sum_f64(struct comm *comm, double *values, size_t count);
void comm_sum_f32(struct comm *comm, float *values, size_t count);
void comm_max_f64(struct comm *comm, double *values, size_t count);
void comm_broadcast(struct comm *comm, void *bytes, size_t size, int root);
/* The root's bytes in place of all others'. */
void comm_broadcast_str(struct comm *comm, struct str *bytes, int root);
/* Rank r's `size` bytes (sizes may differ) end up on `root`, in order of rank: returns
 * owned bytes there (mem_free), NULL elsewhere; sizes[comm_size] (root only) may be
 * NULL. */
void *comm_gather(struct comm *comm, const void *bytes, size_t size, size_t *sizes,
                  int root);
/* Every rank sends send_sizes[r] bytes to rank r out of `bytes`, in order of rank;
 * returns owned what came, in order of rank, with receive_sizes[r]. */
void *comm_exchange(struct comm *comm, const void *bytes, const size_t *send_sizes,
                    size_t *receive_sizes);
/* The same where every rank knows what comes, receive_sizes[r] bytes of rank r: into
 * `received`. */
void comm_exchange_known(struct comm *comm, const void *bytes, const size_t *send_sizes,
                         void *received, const size_t *receive_sizes);
/* Local.  For io/ckpt/hdf5.c and mpi/ alone: a pointer to the MPI_Comm. */
void *comm_handle(struct comm *comm);

#endif
