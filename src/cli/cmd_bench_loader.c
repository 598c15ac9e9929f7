/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert bench loader: what the loader makes, what that costs, and what of it steps
 * feel. */
#include <stdio.h>

#include "src/bench/loader.h"
#include "src/cli/cmd_bench.h"
#include "src/cli/command.h"
#include "src/cli/job.h"
#include "src/data/tallies.h"
#include "src/train/inputs.h"
#include "src/train/threads.h"

struct request {
    struct bench bench;
    const char *cursor;
    int64_t steps, windows;
    bool train;
};

static const struct arg options[] = {
    ARG_INT("--steps", 1, INT64_MAX, steps, "100",
            "up to which; with --train: of a window"),
    ARG_TEXT("--cursor", "FILE", cursor, NULL,
             "go on from this file, and put there where it ends"),
    ARG_FLAG("--train", train, "compare steps on data with steps on batches kept"),
    ARG_INT("--windows", 1, INT64_MAX, windows, NULL,
            "with --train: how many (not given: 5)"),
    CMD_BENCH_JSON,
    ARG_END};

static const double *costs(const struct bench_loader *r) {
    return (const double *)&r->reading.cost;
}

static double total_cost(const struct bench_loader *r) {
    double total = 0;
    for (int i = 0; i < COST_COUNT; i++)
        total += costs(r)[i];
    return total;
}

/* MB of documents' text a second. */
static double speed(const struct bench_loader *r, double seconds) {
    return seconds > 0 ? 1e-6 * (double)r->reading.text_bytes / seconds : 0;
}

/* ---- batches alone ---- */

static void put_costs(struct json_writer *w, const struct bench_loader *r) {
    json_put_real(w, "mb_per_s", speed(r, total_cost(r)));
    json_open(w, "cost_seconds", '{');
    for (int i = 0; i < COST_COUNT; i++)
        json_put_real(w, cost_names[i], costs(r)[i]);
    json_close(w, '}');
    json_open(w, "cost_mb_per_s", '{');
    for (int i = 0; i < COST_COUNT; i++)
        json_put_real(w, cost_names[i], speed(r, costs(r)[i]));
    json_close(w, '}');
}

static void put_sources(struct json_writer *w, const struct dataset *d,
                        const struct bench_loader *r) {
    double all = 0;
    for (int i = 0; i < d->config->source_count; i++)
        all += (double)r->source_tokens[i];
    json_open(w, "sources", '[');
    for (int i = 0; i < d->config->source_count; i++) {
        json_open(w, NULL, '{');
        json_put_int(w, "tokens", (int64_t)r->source_tokens[i]);
        json_put_real(w, "share", all > 0 ? (double)r->source_tokens[i] / all : 0);
        json_put_real(w, "target", loader_share(d->loader, i));
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void put_loaded(const struct request *request, const struct dataset *d,
                       const struct bench_loader *r) {
    struct str text = {0};
    struct json_writer w = {.out = &text};
    char hash[17];
    cmd_bench_open(&request->bench, &w, "loader");
    json_put_int(&w, "steps", r->step);
    json_put_int(&w, "first", r->first);
    json_put_int(&w, "tokens", (int64_t)r->tokens);
    json_put_int(&w, "sequences", (int64_t)r->sequences);
    json_put_int(&w, "masked", (int64_t)r->masked);
    json_put_real(&w, "tokens_per_s", (double)r->tokens / r->seconds);
    snprintf(hash, sizeof hash, "%016llx", (unsigned long long)r->order);
    json_put_string(&w, "order_hash", slice_of(hash));
    json_put_string(&w, "data_hash", slice_of(d->hash));
    json_put_int(&w, "epochs_least", (int64_t)r->least);
    json_put_int(&w, "epochs_most", (int64_t)r->most);
    json_put_int(&w, "first_epoch_documents", (int64_t)r->reading.documents);
    snprintf(hash, sizeof hash, "%016llx", (unsigned long long)r->reading.document_sum);
    json_put_string(&w, "first_epoch_sum", slice_of(hash));
    json_put_real(&w, "seconds", r->seconds);
    json_put_real(&w, "processor_seconds", r->processor);
    json_put_real(&w, "peak_mb", 1e-6 * r->peak_bytes);
    put_costs(&w, r);
    put_sources(&w, d, r);
    cmd_bench_close(&w);
}

static void print_loaded(const struct request *request, const struct dataset *d,
                         const struct bench_loader *r) {
    cmd_bench_machine(&request->bench);
    printf(
        "steps %lld to %lld: %llu sequences, %llu tokens (%llu masked) in %.2f s: %.0f "
        "tokens/s\n",
        (long long)r->first + 1, (long long)r->step, (unsigned long long)r->sequences,
        (unsigned long long)r->tokens, (unsigned long long)r->masked, r->seconds,
        (double)r->tokens / r->seconds);
    printf("order hash %016llx\n", (unsigned long long)r->order);
    printf(
        "epochs finished by lanes: %.0f to %.0f; documents of first epochs %llu, sum "
        "%016llx\n",
        r->least, r->most, (unsigned long long)r->reading.documents,
        (unsigned long long)r->reading.document_sum);
    printf("processors %.2f s, memory at most %.0f MB, of all ranks\n", r->processor,
           1e-6 * r->peak_bytes);
    printf("%.1f MB of text, %.1f MB/s a core:\n", 1e-6 * (double)r->reading.text_bytes,
           speed(r, total_cost(r)));
    for (int i = 0; i < COST_COUNT; i++)
        printf("  %8.2f s %8.1f MB/s  %s\n", costs(r)[i], speed(r, costs(r)[i]),
               cost_sentences[i]);
    tallies_print(&r->reading.tally);
    tallies_print_sources(&d->manifest, d->loader, r->source_tokens);
}

static int load(const struct request *request, struct dataset *d, struct err *err) {
    struct bench_loader r;
    int rc = bench_loader(d, request->steps, request->cursor, &r, err);
    if (rc == 0 && comm_rank(request->bench.comm) == 0)
        (request->bench.json ? put_loaded : print_loaded)(request, d, &r);
    bench_loader_fini(&r);
    return rc;
}

/* ---- with steps ---- */

static void put_against(const struct request *request, const struct bench_against *r) {
    struct str text = {0};
    struct json_writer w = {.out = &text};
    cmd_bench_open(&request->bench, &w, "loader --train");
    json_put_int(&w, "windows", request->windows);
    json_put_int(&w, "steps", request->steps);
    json_put_real(&w, "step_seconds", r->read);
    json_put_real(&w, "kept_step_seconds", r->kept);
    json_put_real(&w, "slower_percent", 100 * (r->read / r->kept - 1));
    json_put_real(&w, "slower_percent_median", 100 * r->slower);
    json_put_real(&w, "dearer_percent_median", 100 * r->dearer);
    json_put_real(&w, "wait_percent", 100 * r->waited);
    json_put_real(&w, "batch_percent", 100 * r->batched);
    json_put_real(&w, "reading_percent", 100 * r->used);
    cmd_bench_close(&w);
}

static void print_against(const struct request *request,
                          const struct bench_against *r) {
    cmd_bench_machine(&request->bench);
    printf("%lld times %lld steps on data, then on the same batches kept:\n",
           (long long)request->windows, (long long)request->steps);
    printf("  %10.2f ms a step\n  %10.2f ms a step on kept batches\n", 1e3 * r->read,
           1e3 * r->kept);
    printf("  %10.2f %% longer (median of pairs %.2f %%)\n",
           100 * (r->read / r->kept - 1), 100 * r->slower);
    printf("  %10.2f %% more time of processors (median of pairs)\n", 100 * r->dearer);
    printf("  %10.2f %% waiting for data, %.2f %% making batches; reading used %.2f %% "
           "of a "
           "core\n",
           100 * r->waited, 100 * r->batched, 100 * r->used);
}

static int against(const struct request *request, struct dataset *d, struct err *err) {
    struct bench_against r;
    threads_bind(request->bench.binding);
    if (bench_loader_against(d, request->windows, request->steps, &r, err) < 0)
        return -1;
    if (comm_rank(request->bench.comm) == 0)
        (request->bench.json ? put_against : print_against)(request, &r);
    return 0;
}

static int check(const struct args *args, struct err *err) {
    struct request *request = args->request;
    if (request->train && request->cursor)
        return args_refuse(args, err, "--train takes no --cursor");
    if (!request->train && request->windows > 0)
        return args_refuse(args, err, "--windows goes with --train");
    if (request->windows == 0)
        request->windows = 5;
    return 0;
}

static int measure(const struct args *args, struct err *err) {
    const struct request *request = args->request;
    struct comm *comm = request->bench.comm;
    struct config config;
    struct dataset d;
    if (job_config(comm, &args->settings, args->words.list[0], &config, err) < 0)
        return -1;
    int rc = inputs_agree_file(comm, "--cursor", request->cursor, err);
    if (rc == 0 && (rc = dataset_open(&d, comm, &config, err)) == 0) {
        rc = request->train ? against(request, &d, err) : load(request, &d, err);
        dataset_close(&d);
    }
    config_fini(&config);
    return rc;
}

static int job(struct comm *comm, const struct args *args, struct err *err) {
    return cmd_bench_run(comm, args, CMD_BENCH_UNBOUND, measure, err);
}

const struct command cmd_bench_loader = {
    .name = "bench loader",
    .words = "CONFIG.yaml",
    .summary = "The data of `train` without its computation",
    .options = options,
    .request_bytes = sizeof(struct request),
    .settings = true,
    .check = check,
    .job = job};
