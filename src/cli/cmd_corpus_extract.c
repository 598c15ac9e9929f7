/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert corpus extract: what the filters keep, shard by shard. */
#include "src/base/timer.h"
#include "src/cli/cmd_corpus.h"
#include "src/cli/command.h"
#include "src/corpus/extract.h"

struct request {
    struct cmd_corpus corpus;
    struct cmd_corpus_output output;
    int64_t shard_bytes;
};

static const struct arg options[] = {CMD_CORPUS_OPTIONS, CMD_CORPUS_OUTPUT_OPTIONS,
                                     ARG_BYTES("--shard-text", 1 << 10, shard_bytes,
                                               "512MiB", "text in a shard at most"),
                                     ARG_END};

static int job(struct comm *comm, const struct args *args, struct err *err) {
    const struct request *r = args->request;
    struct output_options output = cmd_corpus_output(&r->output);
    struct cmd_corpus_input in;
    struct output_counts counts;
    struct tally tally;
    int rc = cmd_corpus_open(comm, args, &in, err);
    double start = timer_now();
    if (rc == 0)
        rc = extract_run(comm, &in.config, &in.manifest, &output, r->shard_bytes,
                         &tally, &counts, err);
    if (rc == 0 && comm_rank(comm) == 0)
        cmd_corpus_print_output(&r->output, &tally, &counts, timer_now() - start);
    cmd_corpus_close(&in);
    return rc;
}

const struct command cmd_corpus_extract = {
    .name = "corpus extract",
    .words = CMD_CORPUS_WORDS,
    .summary = "What the filters keep, shard by shard into new ones",
    .options = options,
    .request_bytes = sizeof(struct request),
    .settings = true,
    .job = job};
