/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert corpus dedup: a list of documents that are there more than once. */
#include <inttypes.h>
#include <stdio.h>

#include "src/base/timer.h"
#include "src/cli/cmd_corpus.h"
#include "src/cli/command.h"
#include "src/corpus/dedup.h"

struct request {
    struct cmd_corpus corpus;
    const char *out;
    bool fold;
};

static const struct arg options[] = {
    CMD_CORPUS_OPTIONS,
    ARG_TEXT("-o, --out", "FILE", out, ARG_NEEDED, "drop list to write"),
    ARG_FLAG("--fold", fold,
             "compare letters and digits alone, whatever their case, accents, value"),
    ARG_END};

static void print(const struct request *r, const struct dedup_result *result,
                  double seconds) {
    cmd_corpus_print_ledger(&result->tally);
    printf("%s: %" PRIu64 " of %" PRIu64
           " documents are to be dropped, copies of %" PRIu64
           " texts (the commonest is there %" PRIu64 " times)\n",
           r->out, result->duplicates, result->documents, result->copied,
           result->most_copies);
    printf("%.1f s; %.1f MB for hashes on all ranks together\n", seconds,
           2e-6 * DEDUP_RECORD_BYTES * (double)result->documents);
    printf("use it: --set filter.drop_list=%s\n", r->out);
}

static int job(struct comm *comm, const struct args *args, struct err *err) {
    const struct request *r = args->request;
    struct cmd_corpus_input in;
    struct dedup_result result;
    int rc = cmd_corpus_open(comm, args, &in, err);
    double start = timer_now();
    if (rc == 0)
        rc = dedup_run(comm, &in.config, &in.manifest, r->fold, r->out, &result, err);
    if (rc == 0 && comm_rank(comm) == 0)
        print(r, &result, timer_now() - start);
    cmd_corpus_close(&in);
    return rc;
}

const struct command cmd_corpus_dedup = {
    .name = "corpus dedup",
    .words = CMD_CORPUS_WORDS,
    .summary = "A drop list of documents that are there more than once",
    .options = options,
    .request_bytes = sizeof(struct request),
    .settings = true,
    .job = job};
