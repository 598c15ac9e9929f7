/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of new shards that is there whole or not at all: it is written under another
 * name beside the place where it will be, and renamed when all ranks have ended well.
 */
#ifndef MPIBERT_CORPUS_OUTPUT_H
#define MPIBERT_CORPUS_OUTPUT_H

#include "io/shard_writer.h"
#include "mpi/comm.h"
#include "src/base/str.h"

/* How shards are written. */
struct output_options {
    const char *folder; /* borrowed */
    enum shard_form form;
    int level; /* of zstd */
};

/* What was written, all ranks together. */
struct output_counts {
    uint64_t documents; /* of the corpus */
    uint64_t pieces;    /* documents written: more if one was cut (pack.h) */
    uint64_t text_bytes, stored_bytes, files;
};

struct output {
    struct output_options options;
    struct str folder, partial;  /* paths; partial is written to */
    struct shard_writer *pack;   /* the shard being written, or NULL */
    struct output_counts counts; /* of this rank */
};

/* Collective.  74 if the folder is there and not empty, or cannot be made. */
int output_begin(struct output *output, struct comm *comm,
                 const struct output_options *options, struct err *err);
/* Local.  Begins the file STEM-NUMBER and the form's ending. */
int output_open(struct output *output, struct slice stem, int number, struct err *err);
/* Local.  Adds to the open file. */
int output_add(struct output *output, const struct doc *doc, struct err *err);
/* Local.  Ends the file; fine if none is open. */
int output_close(struct output *output, struct err *err);
/* Collective, and needed after an output_begin that returned 0.  rc is what this rank
 * has come to: if all are 0 the folder gets its name and *counts the sums, else
 * everything that was written is removed.  Returns what all have come to. */
int output_end(struct output *output, struct comm *comm, int rc,
               struct output_counts *counts, struct err *err);

#endif
