/* SPDX-License-Identifier: Apache-2.0 */
/* What a run reads: vocabulary, shards, held-out text, and the lanes of this rank.  No
 * model and no checkpoint, so that runs whose data is the same may share one. */
#ifndef MPIBERT_TRAIN_DATASET_H
#define MPIBERT_TRAIN_DATASET_H

#include "io/manifest.h"
#include "mpi/comm.h"
#include "mpi/partition.h"
#include "src/base/hash.h"
#include "src/core/batch.h"
#include "src/core/config.h"
#include "src/core/vocab.h"
#include "src/data/heldout.h"
#include "src/data/loader.h"
#include "src/train/step.h"

struct pupil;

struct dataset {
    struct comm *comm; /* borrowed, as config */
    const struct config *config;
    struct vocab vocab;
    struct manifest manifest, heldout_manifest;
    struct heldout *heldout; /* NULL without data.heldout */
    struct share lanes;      /* this rank's */
    struct loader *loader;
    struct batch batch; /* room for the largest share of a step in any phase */
    char hash[HASH_HEX_SIZE];
    /* The options of runs that share it and will be opened after the next one: for who
     * counts memory; (beside_count) borrowed. */
    const struct config *const *beside;
    int beside_count;
    struct pupil *pupil; /* what tutors say of it (pupil.h); borrowed; NULL: none do */
    double waiting, batching; /* seconds: for what was not read yet; to make batches */
};

/* Collective.  Opens what the configuration names, at the beginning of the lanes,
 * after all ranks know that they read the same.  All return the same; on failure
 * *dataset is finished. */
int dataset_open(struct dataset *dataset, struct comm *comm,
                 const struct config *config, struct err *err);
/* Local.  The next batch of these lanes, ready for a step: in->data_rc is -1 with *err
 * if there is none, which the step tells all ranks. */
void dataset_next(struct dataset *dataset, struct step_input *in, struct err *err);
/* Bytes of the cursors of all lanes, and where this rank's begin in them. */
size_t dataset_cursors_bytes(const struct dataset *dataset);
size_t dataset_cursors_place(const struct dataset *dataset);
/* Collective.  The cursors of all lanes, owned, on all ranks. */
uint8_t *dataset_cursors(const struct dataset *dataset);
/* Accepts one that was never opened. */
void dataset_close(struct dataset *dataset);

#endif
