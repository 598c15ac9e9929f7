/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert corpus stats: what a corpus holds. */
#include "mpi/agree.h"
#include "src/cli/cmd_corpus.h"
#include "src/cli/command.h"
#include "src/cli/corpus_print.h"
#include "src/data/wordlist.h"
#include "src/train/inputs.h"

struct request {
    struct cmd_corpus corpus;
    const char *vocab;
    int64_t samples;
    bool json, cased;
};

static const struct arg options[] = {
    CMD_CORPUS_OPTIONS,
    ARG_INT("--samples", 0, REPORT_SAMPLES_MAX, samples, "3",
            "of what each rule drops"),
    ARG_TEXT("--vocab", "FILE", vocab, NULL, "count its tokens too"),
    ARG_FLAG("--cased", cased, "the vocabulary is cased (else as it says)"),
    ARG_FLAG("--json", json, "one JSON object on standard output"),
    ARG_END};

/* Rank 0 prints; then what is wrong with a whole source is told. */
static int report(struct comm *comm, const struct request *r,
                  const struct manifest *manifest, const struct stats *stats,
                  struct err *err) {
    if (comm_rank(comm) == 0)
        (r->json ? corpus_print_json : corpus_print_text)(manifest, stats);
    if (stats->fault.code == ERR_NONE)
        return 0;
    *err = stats->fault;
    return -1;
}

/* Collective. */
static int open_vocab(struct comm *comm, const struct request *r, struct vocab *vocab,
                      struct stats_options *how, struct err *err) {
    if (r->vocab == NULL)
        return 0;
    how->vocab = vocab;
    if (inputs_agree_file(comm, "--vocab", r->vocab, err) < 0)
        return -1;
    int rc = wordlist_open(r->vocab, r->cased, vocab, &how->normalizer, err);
    return comm_agree(comm, rc, err);
}

static int job(struct comm *comm, const struct args *args, struct err *err) {
    const struct request *r = args->request;
    struct cmd_corpus_input in;
    struct vocab vocab = {0};
    struct stats stats;
    struct stats_options how = {.samples = (int)r->samples};
    int rc = cmd_corpus_open(comm, args, &in, err);
    if (rc == 0)
        rc = open_vocab(comm, r, &vocab, &how, err);
    if (rc == 0 &&
        (rc = stats_run(comm, &in.config, &in.manifest, &how, &stats, err)) == 0) {
        rc = report(comm, r, &in.manifest, &stats, err);
        stats_fini(&stats);
    }
    vocab_fini(&vocab);
    cmd_corpus_close(&in);
    return rc;
}

const struct command cmd_corpus_stats = {
    .name = "corpus stats",
    .words = CMD_CORPUS_WORDS,
    .summary = "What a corpus holds, where it is damaged, and what filters make of it",
    .options = options,
    .request_bytes = sizeof(struct request),
    .settings = true,
    .job = job};
