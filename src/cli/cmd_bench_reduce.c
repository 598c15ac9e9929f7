/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert bench reduce: sums of gradients and the weights' way back, alone. */
#include <stdio.h>

#include "src/bench/reduce.h"
#include "src/cli/cmd_bench.h"
#include "src/cli/command.h"
#include "src/cli/job.h"

struct request {
    struct bench bench;
    const char *preset; /* a setting */
};

static const struct arg options[] = {ARG_SETTING("--preset", "P", preset, ARG_NEEDED,
                                                 "model.preset", "sizes to start from"),
                                     CMD_BENCH_JSON, ARG_END};

static void put_span(struct json_writer *w, const char *name, double bytes,
                     const struct bench_span *s) {
    json_open(w, name, '{');
    json_put_real(w, "least_seconds", s->least);
    json_put_real(w, "mean_seconds", s->mean);
    json_put_real(w, "most_seconds", s->most);
    json_put_real(w, "gbytes_per_s", 1e-9 * bytes / s->most);
    json_close(w, '}');
}

static void print_span(const char *name, double bytes, const struct bench_span *s) {
    printf("  %-26s %9.2f %9.2f %9.2f", name, 1e3 * s->least, 1e3 * s->mean,
           1e3 * s->most);
    if (s->most > 1e-4) /* else nothing went anywhere */
        printf(" %9.2f", 1e-9 * bytes / s->most);
    printf("\n");
}

static void print_reduce(const struct bench *b, const char *preset,
                         const struct bench_reduce *r) {
    if (b->json) {
        struct str text = {0};
        struct json_writer w = {.out = &text};
        cmd_bench_open(b, &w, "reduce");
        json_put_string(&w, "preset", slice_of(preset));
        json_put_real(&w, "bytes", r->bytes);
        put_span(&w, "blocking", r->bytes, &r->blocking);
        put_span(&w, "buckets", r->bytes, &r->buckets);
        put_span(&w, "gather", r->bytes, &r->gather);
        json_put_real(&w, "backward_seconds", r->backward);
        put_span(&w, "buckets_left", r->bytes, &r->buckets_left);
        json_put_real(&w, "forward_seconds", r->forward);
        put_span(&w, "gather_left", r->bytes, &r->gather_left);
        json_put_real(&w, "poll_ns", r->poll_ns);
        cmd_bench_close(&w);
        return;
    }
    cmd_bench_machine(b);
    printf("%s: %.1f MB of gradients a rank, %d ranks, %d of them on this host\n"
           "  %-26s %9s %9s %9s %9s\n",
           preset, 1e-6 * r->bytes, comm_size(b->comm), comm_node_size(b->comm), "ms",
           "least", "mean", "most", "GB/s");
    print_span("all at once, MPI_Allreduce", r->bytes, &r->blocking);
    print_span("in buckets, to their owners", r->bytes, &r->buckets);
    print_span("weights back", r->bytes, &r->gather);
    printf("beside a backward pass of %.1f ms and a forward pass of %.1f ms there is "
           "left to wait\n",
           1e3 * r->backward, 1e3 * r->forward);
    print_span("of sums in buckets", r->bytes, &r->buckets_left);
    print_span("of weights back", r->bytes, &r->gather_left);
    printf("  a poll of nothing: %.0f ns\n", r->poll_ns);
}

static int measure(const struct args *args, struct err *err) {
    const struct request *request = args->request;
    struct comm *comm = request->bench.comm;
    struct config config;
    struct bench_reduce r;
    if (job_config(comm, &args->settings, NULL, &config, err) < 0)
        return -1;
    bench_reduce(comm, &config, CMD_BENCH_VOCABULARY, 2, &r);
    if (comm_rank(comm) == 0)
        print_reduce(&request->bench, request->preset, &r);
    config_fini(&config);
    return 0;
}

static int job(struct comm *comm, const struct args *args, struct err *err) {
    return cmd_bench_run(comm, args, CMD_BENCH_BOUND, measure, err);
}

const struct command cmd_bench_reduce = {
    .name = "bench reduce",
    .summary = "Sums of gradients and the weights' way back, alone",
    .options = options,
    .request_bytes = sizeof(struct request),
    .settings = true,
    .job = job};
