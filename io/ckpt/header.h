/* SPDX-License-Identifier: Apache-2.0 */
/* What a checkpoint says besides its tensors. */
#ifndef MPIBERT_IO_CKPT_HEADER_H
#define MPIBERT_IO_CKPT_HEADER_H

#include <stddef.h>
#include <stdint.h>

#include "src/base/hash.h"
#include "src/base/str.h"

struct ckpt_header {
    int64_t step;
    uint64_t tokens;                /* seen by the model so far */
    int64_t adam_step;              /* updates made with these moments */
    char state_hash[HASH_HEX_SIZE]; /* all parameters and moments, in table order */
    char data_hash[HASH_HEX_SIZE];
    struct str config;   /* config_dump's text; owned (ckpt_header_fini) */
    struct str vocab;    /* the vocabulary file; owned */
    struct str versions; /* "key: value" lines; owned */
    struct str ledger;   /* what happened to the run, a line an event; owned */
    int64_t lanes;
    size_t cursor_bytes;
    uint8_t *cursors; /* (lanes, cursor_bytes); owned */
};

void ckpt_header_fini(struct ckpt_header *header);

#endif
