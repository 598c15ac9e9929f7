/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert bench tokenize: text to ids on one core of rank 0. */
#include <stdio.h>

#include "src/base/file.h"
#include "src/bench/tokenize.h"
#include "src/cli/cmd_bench.h"
#include "src/cli/command.h"
#include "src/data/wordlist.h"

struct request {
    struct bench bench;
    const char *vocab;
    bool cased;
};

static const struct arg options[] = {
    ARG_TEXT("--vocab", "FILE", vocab, ARG_NEEDED, "vocabulary file"),
    ARG_FLAG("--cased", cased, "keep case and accents (else as the vocabulary says)"),
    CMD_BENCH_JSON, ARG_END};

static void print_result(const struct bench *b, const struct bench_tokenize *r) {
    if (b->json) {
        struct str text = {0};
        struct json_writer w = {.out = &text};
        cmd_bench_open(b, &w, "tokenize");
        json_put_real(&w, "mb_per_s", r->mb_per_s);
        json_put_real(&w, "mb_per_s_cold", r->mb_per_s_cold);
        json_put_real(&w, "tokens_per_s", r->tokens_per_s);
        json_put_real(&w, "unknown_share", r->unknown_share);
        json_put_int(&w, "ids", (int64_t)r->ids);
        json_put_int(&w, "bytes", (int64_t)r->bytes);
        json_put_int(&w, "cache_bytes", (int64_t)r->cache_bytes);
        cmd_bench_close(&w);
        return;
    }
    cmd_bench_machine(b);
    printf(
        "%.1f MB of text, %llu ids, %.2f %% of them [UNK]; one core, processor time\n"
        "  %8.1f MB/s, %.1f million tokens/s, caches (%.1f MB) filled by as much text "
        "before\n  %8.1f MB/s with empty caches\n",
        1e-6 * (double)r->bytes, (unsigned long long)r->ids, 100 * r->unknown_share,
        r->mb_per_s, 1e-6 * r->tokens_per_s, 1e-6 * (double)r->cache_bytes,
        r->mb_per_s_cold);
}

static int read_texts(const struct words *paths, struct str *text, struct err *err) {
    for (int i = 0; i < paths->count; i++)
        if (file_read(paths->list[i], (size_t)4 << 30, text, err) < 0)
            return -1;
    if (text->size == 0)
        return err_set(err, ERR_DATA, "bench tokenize: %s: an empty text",
                       paths->list[0]);
    return 0;
}

static int measure(const struct args *args, struct err *err) {
    const struct request *r = args->request;
    struct vocab vocab;
    struct normalizer_options normalizer;
    struct str text = {0};
    struct bench_tokenize result;
    if (comm_rank(r->bench.comm) != 0)
        return 0;
    if (wordlist_open(r->vocab, r->cased, &vocab, &normalizer, err) < 0)
        return -1;
    int rc = read_texts(&args->words, &text, err);
    if (rc == 0) {
        bench_tokenize(&vocab, &normalizer, str_slice(&text), &result);
        print_result(&r->bench, &result);
    }
    str_fini(&text);
    vocab_fini(&vocab);
    return rc;
}

static int job(struct comm *comm, const struct args *args, struct err *err) {
    return cmd_bench_run(comm, args, CMD_BENCH_BOUND, measure, err);
}

const struct command cmd_bench_tokenize = {.name = "bench tokenize",
                                           .words = "FILE…",
                                           .summary = "Text to ids, on one core",
                                           .options = options,
                                           .request_bytes = sizeof(struct request),
                                           .job = job};
