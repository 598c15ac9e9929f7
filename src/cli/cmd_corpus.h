/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of `mpibert corpus` share: which corpus, and where new shards go. */
#ifndef MPIBERT_CLI_CMD_CORPUS_H
#define MPIBERT_CLI_CMD_CORPUS_H

#include "io/manifest.h"
#include "mpi/comm.h"
#include "src/cli/paths.h"
#include "src/corpus/output.h"
#include "src/core/tally.h"

/* The first field of every part's request, and its rows. */
struct cmd_corpus {
    struct paths paths;
    const char *filter; /* a setting */
};
/* clang-format off */
#define CMD_CORPUS_OPTIONS PATHS_OPTIONS(corpus.paths), PATHS_FILTER(corpus.filter)
/* clang-format on */
#define CMD_CORPUS_WORDS "CONFIG.yaml|PATH…"

/* The corpus, resolved; both are ended by cmd_corpus_close in any case. */
struct cmd_corpus_input {
    struct config config;
    struct manifest manifest;
};
/* Collective. */
int cmd_corpus_open(struct comm *comm, const struct args *args,
                    struct cmd_corpus_input *input, struct err *err);
void cmd_corpus_close(struct cmd_corpus_input *input);

/* Where new shards go: the second field of the request of what writes some. */
struct cmd_corpus_output {
    const char *folder, *form;
    int64_t level;
};
#define CMD_CORPUS_OUTPUT_OPTIONS                                                      \
    ARG_TEXT("-o, --out", "FOLDER", output.folder, ARG_NEEDED, "folder to make"),      \
        ARG_CHOICE("--as", "jsonl|tar", output.form, "jsonl", "both in zstd"),         \
        ARG_INT("--level", 1, 19, output.level, "10", "of zstd")

struct output_options cmd_corpus_output(const struct cmd_corpus_output *output);
/* What came of it; on rank 0. */
void cmd_corpus_print_output(const struct cmd_corpus_output *output,
                             const struct tally *tally,
                             const struct output_counts *counts, double seconds);
/* The documents and bytes that were read, kept and dropped. */
void cmd_corpus_print_ledger(const struct tally *tally);

#endif
