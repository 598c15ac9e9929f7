/* SPDX-License-Identifier: Apache-2.0 */
/* A small checkpoint for tests: tensors around the borders of the hashed pieces. */
#ifndef MPIBERT_TESTS_CKPT_SAMPLE_H
#define MPIBERT_TESTS_CKPT_SAMPLE_H

#include "io/ckpt/ckpt.h"

struct sample {
    struct params_table table;
    struct params weights, m, v;
    struct ckpt_header header;
    struct ckpt_groups blocks; /* all three, as one rank alone writes them */
};

enum { SAMPLE_MOMENTS = 2 };
extern const char *const sample_moments[SAMPLE_MOMENTS];

/* The same numbers for the same step, everywhere. */
void sample_init(struct sample *sample, int64_t step);
/* As that, with only the last few tensors, which are tiny. */
void sample_init_tiny(struct sample *sample, int64_t step);
/* The blocks as this rank of several writes them, or one alone (NULL); with moments or
 * without. */
void sample_share(struct sample *sample, const struct comm *comm, bool moments);
void sample_fini(struct sample *sample);
/* What state_hash must be, from the whole blocks in memory and the rule in
 * io/ckpt/contents.h, by other code than the program's. */
void sample_state_hash(const struct sample *sample, bool moments,
                       char hex[HASH_HEX_SIZE]);
/* Whether an open checkpoint holds this sample, number for number. */
bool sample_is_in(const struct sample *sample, struct ckpt *ckpt, bool moments);
/* Writes its blocks to `path` by a child process with MPI of its own, so that this one
 * never starts it.  0, or what went wrong. */
int sample_write_in_child(struct sample *sample, const char *path);
/* Entries of a folder, without . and .. */
int sample_count_files(const char *dir);

#endif
