/* SPDX-License-Identifier: Apache-2.0 */
/* Checkpoints made to harm who reads them: each is right in what is hashed, and says by
 * means of HDF5 what the program never writes. */
#ifndef MPIBERT_TESTS_HOSTILE_H
#define MPIBERT_TESTS_HOSTILE_H

#include <stdbool.h>

/* What must become of one. */
enum hostile_fate {
    HOSTILE_REFUSED,
    HOSTILE_HARMLESS, /* or refused: it says nothing false */
};

/* How many kinds there are, and each one's name and fate. */
int hostile_kinds(void);
const char *hostile_name(int kind);
enum hostile_fate hostile_fate(int kind);
/* Two files of another folder, which no reader may open: bytes, and HDF5 with the same
 * tensors as the checkpoint at `path`. */
void hostile_canaries(const char *folder, const char *path);
/* Makes the good checkpoint (tests/ckpt_sample.h) at `path` one of a kind; the canaries
 * are in `folder`.  False: HDF5 does not make it. */
bool hostile_make(int kind, const char *path, const char *folder);

#endif
