/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert corpus reshard: the same documents, shuffled, in shards of equal size. */
#include <inttypes.h>
#include <stdio.h>

#include "src/base/timer.h"
#include "src/cli/cmd_corpus.h"
#include "src/cli/command.h"
#include "src/corpus/reshard.h"

struct request {
    struct cmd_corpus corpus;
    struct cmd_corpus_output output;
    int64_t shards, seed, memory_bytes;
};

static const struct arg options[] = {
    CMD_CORPUS_OPTIONS,
    CMD_CORPUS_OUTPUT_OPTIONS,
    ARG_INT("--shards", 1, 100000, shards, ARG_NEEDED, "how many to make"),
    ARG_INT("--seed", 0, INT64_MAX, seed, "0", "of the order of documents"),
    ARG_BYTES("--memory", 1 << 10, memory_bytes, "2GiB",
              "for documents, a rank: with less the corpus is read more often"),
    ARG_END};

static int job(struct comm *comm, const struct args *args, struct err *err) {
    const struct request *r = args->request;
    struct reshard_options how = {.output = cmd_corpus_output(&r->output),
                                  .shards = (int)r->shards,
                                  .seed = (uint64_t)r->seed,
                                  .memory_bytes = r->memory_bytes};
    struct cmd_corpus_input in;
    struct reshard_result result;
    int rc = cmd_corpus_open(comm, args, &in, err);
    double start = timer_now();
    if (rc == 0)
        rc = reshard_run(comm, &in.config, &in.manifest, &how, &result, err);
    if (rc == 0 && comm_rank(comm) == 0) {
        cmd_corpus_print_output(&r->output, &result.tally, &result.counts,
                                timer_now() - start);
        printf("%" PRIu64 " documents kept, %" PRIu64
               " written; the corpus was read %d times\n",
               result.tally.documents_kept, result.counts.documents, 1 + result.passes);
    }
    cmd_corpus_close(&in);
    return rc;
}

const struct command cmd_corpus_reshard = {
    .name = "corpus reshard",
    .words = CMD_CORPUS_WORDS,
    .summary = "The same documents, shuffled, in shards of about equal size",
    .options = options,
    .request_bytes = sizeof(struct request),
    .settings = true,
    .job = job};
