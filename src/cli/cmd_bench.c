/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert bench: a row a benchmark, each a function that measures and prints.  Those
 * of the step, of the loader and of reduction are in files of their own. */
#include "src/cli/cmd_bench.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mpi/agree.h"
#include "src/base/file.h"
#include "src/base/mem.h"
#include "src/base/processor.h"
#include "src/bench/peak.h"
#include "src/bench/tokenize.h"
#include "src/cli/command.h"
#include "src/cli/job.h"
#include "src/data/wordlist.h"
#include "src/kernels/gemm.h"
#include "src/kernels/vec.h"
#include "src/train/machine.h"
#include "src/train/threads.h"

struct benchmark {
    const char *name;
    int (*run)(struct bench *bench, struct err *err);
};

/* ---- one place for what every report has ---- */

void cmd_bench_open(const struct bench *b, struct json_writer *w, const char *name) {
    char processor[PROCESSOR_TEXT];
    json_open(w, NULL, '{');
    json_put_string(w, "benchmark", slice_of(name));
    json_put_string(w, "version", slice_of(MPIBERT_VERSION));
    processor_describe(processor);
    json_put_string(w, "processor", slice_of(processor));
    json_put_string(w, "mpi", slice_of(comm_describe()));
    json_put_string(w, "blas", slice_of(gemm_describe()));
    json_put_string(w, "kernels", slice_of(vec_describe()));
    json_put_int(w, "ranks", comm_size(b->comm));
    json_put_int(w, "threads", omp_get_max_threads());
    json_put_string(w, "binding", slice_of(binding_text(b->binding)));
}

void cmd_bench_close(struct json_writer *w) {
    json_close(w, '}');
    printf("%s\n", w->out->data);
    str_fini(w->out);
}

void cmd_bench_machine(const struct bench *b) {
    machine_print(b->comm);
    threads_print(b->binding);
}

int cmd_bench_shape(const char *preset, struct shape *shape, struct err *err) {
    struct config config;
    config_init(&config);
    int rc = config_set(&config, "model.preset", preset, "--preset", err);
    if (rc == 0)
        *shape = config_shape(&config, CMD_BENCH_VOCABULARY);
    config_fini(&config);
    return rc;
}

/* ---- peak ---- */

static int run_peak(struct bench *b, struct err *err) {
    (void)err;
    struct bench_peak r;
    bench_peak(b->comm, &r);
    if (comm_rank(b->comm) != 0)
        return 0;
    if (b->json) {
        struct str text = {0};
        struct json_writer w = {.out = &text};
        cmd_bench_open(b, &w, "peak");
        json_put_real(&w, "fma_peak_gflops", r.fma_peak_gflops);
        json_put_real(&w, "triad_gbytes", r.triad_gbytes);
        cmd_bench_close(&w);
        return 0;
    }
    cmd_bench_machine(b);
    printf("fma peak  %8.1f GFLOP/s\ntriad     %8.1f GB/s\n", r.fma_peak_gflops,
           r.triad_gbytes);
    return 0;
}

/* ---- tokenize ---- */

static void print_tokenize(const struct bench *b, const struct bench_tokenize *r) {
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

/* Rank 0 alone. */
static int run_tokenize(struct bench *b, struct err *err) {
    struct vocab vocab;
    struct str text = {0};
    struct bench_tokenize r;
    const struct words *words = &b->args->words;
    if (b->vocab == NULL || words->count < 2)
        return err_set(err, ERR_USAGE,
                       "bench tokenize: --vocab FILE and a text are needed");
    if (comm_rank(b->comm) != 0)
        return 0;
    struct normalizer_options options;
    if (wordlist_open(b->vocab, b->cased, &vocab, &options, err) < 0)
        return -1;
    int rc = 0;
    for (int i = 1; rc == 0 && i < words->count; i++)
        rc = file_read(words->list[i], (size_t)4 << 30, &text, err);
    if (rc == 0 && text.size == 0)
        rc =
            err_set(err, ERR_DATA, "bench tokenize: %s: an empty text", words->list[1]);
    if (rc == 0) {
        bench_tokenize(&vocab, &options, str_slice(&text), &r);
        print_tokenize(b, &r);
    }
    str_fini(&text);
    vocab_fini(&vocab);
    return rc;
}

/* ---- the door ---- */

static const struct benchmark benchmarks[] = {{"peak", run_peak},
                                              {"gemm", cmd_bench_gemm},
                                              {"kernels", cmd_bench_kernels},
                                              {"step", cmd_bench_step},
                                              {"reduce", cmd_bench_reduce},
                                              {"tokenize", run_tokenize},
                                              {"loader", cmd_bench_loader},
                                              {"checkpoint", cmd_bench_checkpoint},
                                              {NULL, NULL}};

static const struct benchmark *find(const struct args *args, struct err *err) {
    for (const struct benchmark *b = benchmarks; b->name; b++)
        if (strcmp(b->name, args->words.list[0]) == 0)
            return b;
    err_set(err, ERR_USAGE,
            "bench: '%s' is not one of peak, gemm, kernels, step, reduce, "
            "tokenize, loader, checkpoint",
            args->words.list[0]);
    return NULL;
}

int cmd_bench(int argc, char **argv, struct err *err) {
    struct bench b = {.steps = 100, .windows = 5};
    const struct arg table[] = {
        {"--preset", ARG_TEXT, &b.preset,
         "gemm, kernels, step, reduce, checkpoint: tiny … large"},
        {"--sequence-length", ARG_INT, &b.length,
         "step, kernels: tokens a sequence (kernels: 128)"},
        {"--batch", ARG_INT, &b.batch, "step: sequences a rank"},
        {"--lengths", ARG_TEXT, &b.lengths, "step: real lengths, one a line"},
        {"--vocab", ARG_TEXT, &b.vocab, "tokenize: vocabulary file"},
        {"--cased", ARG_FLAG, &b.cased, "tokenize: keep case and accents"},
        {"--steps", ARG_INT, &b.steps,
         "loader: up to which (100); with --train: a window's"},
        {"--cursor", ARG_TEXT, &b.cursor,
         "loader: go on from this file, and put there where it ends"},
        {"--train", ARG_FLAG, &b.train,
         "loader: compare steps on data with steps on batches kept"},
        {"--windows", ARG_INT, &b.windows,
         "step, checkpoint, loader --train: how many (5)"},
        {"--json", ARG_FLAG, &b.json, "one JSON object"},
        {NULL, ARG_FLAG, NULL, NULL}};
    struct args args = {.command = "bench",
                        .table = table,
                        .takes_settings = true,
                        .least = 1,
                        .most = 1 << 20};
    b.args = &args;
    int rc = args_parse(&args, argc, argv, err);
    if (args.help) {
        args_fini(&args);
        return 0;
    }
    const struct benchmark *benchmark = rc == 0 ? find(&args, err) : NULL;
    rc = job_begin(&b.comm, argc, argv, benchmark ? 0 : -1, err);
    if (rc == 0) {
        b.binding = threads_begin(b.comm);
        if (benchmark->run != cmd_bench_loader)
            threads_bind(b.binding);
        rc = benchmark->run(&b, err);
        binding_destroy(b.binding);
    }
    rc = job_end(b.comm, rc, err);
    args_fini(&args);
    return rc;
}
