/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert bench peak: what all cores together can at most. */
#include <stdio.h>

#include "src/bench/peak.h"
#include "src/cli/cmd_bench.h"
#include "src/cli/command.h"

struct request {
    struct bench bench;
};

static const struct arg options[] = {CMD_BENCH_JSON, ARG_END};

static int measure(const struct args *args, struct err *err) {
    (void)err;
    const struct bench *b = args->request;
    struct bench_peak r;
    bench_peak(b->comm, &r);
    if (comm_rank(b->comm) != 0)
        return 0;
    if (b->json) {
        struct str text = {0};
        struct json_writer w = {.out = &text};
        cmd_bench_open(b, &w, "peak");
        json_put_real(&w, "fma_peak_gflops", r.fma_peak_gflops);
        if (r.rounded_peak_gflops > 0)
            json_put_real(&w, "bf16_peak_gflops", r.rounded_peak_gflops);
        json_put_real(&w, "triad_gbytes", r.triad_gbytes);
        cmd_bench_close(&w);
        return 0;
    }
    cmd_bench_machine(b);
    printf("fma peak  %8.1f GFLOP/s\n", r.fma_peak_gflops);
    if (r.rounded_peak_gflops > 0)
        printf("bf16 peak %8.1f GFLOP/s\n", r.rounded_peak_gflops);
    printf("triad     %8.1f GB/s\n", r.triad_gbytes);
    return 0;
}

static int job(struct comm *comm, const struct args *args, struct err *err) {
    return cmd_bench_run(comm, args, CMD_BENCH_BOUND, measure, err);
}

const struct command cmd_bench_peak = {
    .name = "bench peak",
    .summary = "What all cores together can at most: FMA, products of bf16, and memory",
    .options = options,
    .request_bytes = sizeof(struct request),
    .job = job};
