/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert bench gemm: every product of every preset, by what the model uses and by
 * OpenBLAS, on one thread of rank 0. */
#include <omp.h>
#include <stdio.h>
#include <string.h>

#include "src/bench/gemm.h"
#include "src/bench/peak.h"
#include "src/cli/cmd_bench.h"
#include "src/cli/command.h"

enum { CHUNK_TOKENS = 2048 }; /* train.chunk_tokens' default */

struct request {
    struct bench bench;
    const char *preset;
};

static const struct arg options[] = {
    ARG_TEXT("--preset", "P", preset, NULL, "tiny … large (not given: all of them)"),
    CMD_BENCH_JSON, ARG_END};

static void put_row(struct json_writer *w, const char *preset,
                    const struct bench_product *p, const struct bench_gemm *r,
                    double peak) {
    json_open(w, NULL, '{');
    json_put_string(w, "model", slice_of(preset));
    json_put_string(w, "product", slice_of(p->name));
    json_put_int(w, "m", p->m);
    json_put_int(w, "n", p->n);
    json_put_int(w, "k", p->k);
    json_put_real(w, "gflops", r->gflops);
    json_put_real(w, "percent_of_peak", 100 * r->gflops / peak);
    json_put_real(w, "openblas_gflops", r->openblas_gflops);
    json_put_real(w, "ratio", r->ratio);
    json_close(w, '}');
}

static void print_row(const char *preset, const struct bench_product *p,
                      const struct bench_gemm *r, double peak) {
    printf("%-7s %-14s %6lld %6lld %6lld %8.1f %6.1f %9.1f %6.2f\n", preset, p->name,
           (long long)p->m, (long long)p->n, (long long)p->k, r->gflops,
           100 * r->gflops / peak, r->openblas_gflops, r->ratio);
    fflush(stdout);
}

static void preset_rows(const struct bench *b, const char *preset, double peak,
                        struct json_writer *w) {
    struct bench_product products[24];
    struct shape shape;
    cmd_bench_shape(preset, &shape, NULL);
    int n = bench_gemm_products(&shape, CHUNK_TOKENS, products);
    for (int i = 0; i < n; i++) {
        struct bench_gemm r;
        bench_gemm(&products[i], 0.3, &r);
        if (b->json)
            put_row(w, preset, &products[i], &r, peak);
        else
            print_row(preset, &products[i], &r, peak);
    }
}

static int measure(const struct args *args, struct err *err) {
    const struct request *request = args->request;
    const struct bench *b = &request->bench;
    const char *preset = request->preset;
    struct shape shape;
    if (preset && cmd_bench_shape(preset, &shape, err) < 0)
        return -1;
    double peak = bench_fma_peak(b->comm) / comm_size(b->comm) / omp_get_max_threads();
    if (comm_rank(b->comm) != 0)
        return 0;
    struct str text = {0};
    struct json_writer w = {.out = &text};
    if (b->json) {
        cmd_bench_open(b, &w, "gemm");
        json_put_real(&w, "fma_peak_gflops", peak);
        json_open(&w, "products", '[');
    } else {
        cmd_bench_machine(b);
        printf(
            "FMA peak of a core %.1f GFLOP/s\n%-7s %-14s %6s %6s %6s %8s %6s %9s %6s\n",
            peak, "model", "product", "m", "n", "k", "GFLOP/s", "% peak", "OpenBLAS",
            "ratio");
    }
    for (const struct shape_preset *p = shape_presets; p->name; p++)
        if (preset == NULL || strcmp(preset, p->name) == 0)
            preset_rows(b, p->name, peak, &w);
    if (b->json) {
        json_close(&w, ']');
        cmd_bench_close(&w);
    }
    return 0;
}

static int job(struct comm *comm, const struct args *args, struct err *err) {
    return cmd_bench_run(comm, args, CMD_BENCH_BOUND, measure, err);
}

const struct command cmd_bench_gemm = {
    .name = "bench gemm",
    .summary = "Every product of every preset, as the model has it and by OpenBLAS",
    .options = options,
    .request_bytes = sizeof(struct request),
    .job = job};
