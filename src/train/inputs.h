/* SPDX-License-Identifier: Apache-2.0 */
/* Whether all ranks read the same: shards, vocabulary, filter lists, models.  To be
 * asked before any of it is used. */
#ifndef MPIBERT_TRAIN_INPUTS_H
#define MPIBERT_TRAIN_INPUTS_H

#include "io/manifest.h"
#include "mpi/comm.h"
#include "src/infer/bundle.h"

/* Collective.  rc is what resolving the sources and the held-out text came to on this
 * rank. 0 if all ranks found shards of the same names and sizes, and in each file or
 * folder that an option names (of type FILE) the same content; -1 and 78 with rank,
 * host and the first that differs, or, if all ranks have the same fault, that.  Any of
 * the three may be NULL: not read. */
int inputs_agree(struct comm *comm, const struct config *config,
                 const struct manifest *sources, const struct manifest *heldout, int rc,
                 struct err *err);
/* Collective.  The same of one file, or folder, that `name` ("--vocab") names; NULL:
 * none. */
int inputs_agree_file(struct comm *comm, const char *name, const char *path,
                      struct err *err);
/* Local.  Adds a hash of bytes to facts for same.h. */
void inputs_add_bytes(struct str *facts, const char *name, const void *bytes,
                      size_t size);
/* Collective.  The same of a model that each rank read by itself. */
int inputs_agree_model(struct comm *comm, const struct bundle *bundle, struct err *err);
/* Local.  Appends what decides the last bits of sums in fp32. */
void inputs_describe_kernels(struct str *text);
/* Collective.  Says on rank 0 when another rank has other kernels: no fault, but sums
 * then differ in their last bits from those on hosts of one kind. */
void inputs_note_kernels(struct comm *comm);
/* Collective.  -1 and 78 on all ranks where another rank has other kernels: for work in
 * which each rank decides by itself what all do next, from sums that must be the same
 * to the last bit. */
int inputs_agree_kernels(struct comm *comm, struct err *err);

#endif
