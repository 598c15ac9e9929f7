/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert bench kernels: every vector kernel at a preset's sizes with every instruction
 * set of the processor, on one thread of rank 0. */
#include <math.h>
#include <stdio.h>

#include "src/bench/kernels.h"
#include "src/cli/cmd_bench.h"
#include "src/cli/command.h"

struct request {
    struct bench bench;
    const char *preset;
    int64_t length;
};

static const struct arg options[] = {
    ARG_TEXT("--preset", "P", preset, ARG_NEEDED, "tiny … large"),
    ARG_INT("--sequence-length", 1, 4096, length, "128", "tokens a sequence"),
    CMD_BENCH_JSON, ARG_END};

static const char *const sets[] = {
    [ISA_BASELINE] = "baseline", [ISA_AVX2] = "AVX2", [ISA_AVX512] = "AVX-512"};

static void put_kernels(const struct request *r, const struct bench_kernel *rows,
                        int count) {
    struct str text = {0};
    struct json_writer w = {.out = &text};
    cmd_bench_open(&r->bench, &w, "kernels");
    json_put_string(&w, "preset", slice_of(r->preset));
    json_open(&w, "kernels_timed", '[');
    for (int i = 0; i < count; i++)
        for (int isa = BENCH_SETS - 1; isa >= 0; isa--) {
            if (isnan(rows[i].ns[isa]))
                continue;
            json_open(&w, NULL, '{');
            json_put_string(&w, "kernel", slice_of(rows[i].name));
            json_put_int(&w, "rows", rows[i].rows);
            json_put_int(&w, "n", rows[i].n);
            json_put_string(&w, "set", slice_of(sets[isa]));
            json_put_real(&w, "ns_per_element", rows[i].ns[isa]);
            json_put_real(&w, "gbytes_per_s", rows[i].bytes / rows[i].ns[isa]);
            json_close(&w, '}');
        }
    json_close(&w, ']');
    cmd_bench_close(&w);
}

static void print_kernels(const struct request *r, const struct bench_kernel *rows,
                          int count) {
    cmd_bench_machine(&r->bench);
    printf("%s: nanoseconds an element and GB/s, a core\n%-20s %5s %6s", r->preset,
           "kernel", "rows", "n");
    for (int isa = BENCH_SETS - 1; isa >= 0; isa--)
        printf(" %9s %8s", sets[isa], "GB/s");
    printf("\n");
    for (int i = 0; i < count; i++) {
        printf("%-20s %5lld %6lld", rows[i].name, (long long)rows[i].rows,
               (long long)rows[i].n);
        for (int isa = BENCH_SETS - 1; isa >= 0; isa--)
            if (isnan(rows[i].ns[isa]))
                printf(" %9s %8s", "-", "-");
            else
                printf(" %9.3f %8.1f", rows[i].ns[isa],
                       rows[i].bytes / rows[i].ns[isa]);
        printf("\n");
    }
}

static int measure(const struct args *args, struct err *err) {
    const struct request *r = args->request;
    struct bench_kernel rows[BENCH_KERNELS];
    struct shape shape;
    if (cmd_bench_shape(r->preset, &shape, err) < 0)
        return -1;
    if (comm_rank(r->bench.comm) != 0)
        return 0;
    int count = bench_kernels(&shape, r->length, 0.05, rows);
    (r->bench.json ? put_kernels : print_kernels)(r, rows, count);
    return 0;
}

static int job(struct comm *comm, const struct args *args, struct err *err) {
    return cmd_bench_run(comm, args, CMD_BENCH_BOUND, measure, err);
}

const struct command cmd_bench_kernels = {
    .name = "bench kernels",
    .summary = "Every vector kernel with every instruction set, on one core",
    .options = options,
    .request_bytes = sizeof(struct request),
    .job = job};
