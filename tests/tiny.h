/* SPDX-License-Identifier: Apache-2.0 */
/* A BERT small enough to write out, with a vocabulary and a configuration: what the
 * tests of conversion and of checkpoints are about. */
#ifndef MPIBERT_TESTS_TINY_H
#define MPIBERT_TESTS_TINY_H

#include <stdbool.h>

#include "src/core/config.h"
#include "src/core/params.h"
#include "src/core/shape.h"
#include "src/core/vocab.h"

struct tiny {
    struct config config;
    struct shape shape; /* L 2, H 4, A 2, F 6, V 11, P 8, S 2 */
    struct vocab vocab; /* special tokens at 0, 3, 5, 6 and 10 */
    struct params_table table;
    struct params weights; /* every one of them different */
};

/* The tensors of a shape under Hugging Face's names, with pooler and NSP head or
 * without. */
void tiny_table(struct params_table *table, const struct shape *shape, bool pairs);
void tiny_init(struct tiny *tiny, bool pairs);
/* The same of another kind than BERT; electra's embeddings are 6 wide. */
void tiny_init_kind(struct tiny *tiny, enum kind_id kind, bool pairs);
void tiny_fini(struct tiny *tiny);

#endif
