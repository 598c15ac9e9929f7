/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert bench gemm: every product of every preset, by what the model uses and, of
 * single precision, by OpenBLAS, on one thread of rank 0. */
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <string.h>

#include "mpi/agree.h"
#include "src/bench/gemm.h"
#include "src/bench/peak.h"
#include "src/cli/cmd_bench.h"
#include "src/cli/command.h"
#include "src/kernels/precision.h"

enum { CHUNK_TOKENS = 2048 }; /* train.chunk_tokens' default */

struct request {
    struct bench bench;
    const char *preset, *precision;
    bool rounded; /* what that says */
};

static const struct arg options[] = {
    ARG_TEXT("--preset", "P", preset, NULL, "tiny … large (not given: all of them)"),
    ARG_TEXT("--precision", "P", precision, "fp32",
             "fp32 or bf16: what products are made of"),
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
    if (!isnan(r->ratio)) {
        json_put_real(w, "openblas_gflops", r->openblas_gflops);
        json_put_real(w, "ratio", r->ratio);
    }
    json_close(w, '}');
}

static void print_row(const char *preset, const struct bench_product *p,
                      const struct bench_gemm *r, double peak) {
    printf("%-7s %-14s %6lld %6lld %6lld %8.1f %6.1f", preset, p->name, (long long)p->m,
           (long long)p->n, (long long)p->k, r->gflops, 100 * r->gflops / peak);
    if (!isnan(r->ratio))
        printf(" %9.1f %6.2f", r->openblas_gflops, r->ratio);
    printf("\n");
    fflush(stdout);
}

static void preset_rows(const struct request *request, const char *preset, double peak,
                        struct json_writer *w) {
    struct bench_product products[24];
    struct shape shape;
    cmd_bench_shape(preset, &shape, NULL);
    int n = bench_gemm_products(&shape, CHUNK_TOKENS, products);
    for (int i = 0; i < n; i++) {
        struct bench_gemm r;
        bench_gemm(&products[i], request->rounded, 0.3, &r);
        if (request->bench.json)
            put_row(w, preset, &products[i], &r, peak);
        else
            print_row(preset, &products[i], &r, peak);
    }
}

static void open_report(const struct request *r, double peak, struct json_writer *w) {
    if (r->bench.json) {
        cmd_bench_open(&r->bench, w, "gemm");
        json_put_string(w, "precision",
                        slice_of(r->rounded ? precision_describe() : "fp32"));
        json_put_real(w, "fma_peak_gflops", peak);
        json_open(w, "products", '[');
        return;
    }
    cmd_bench_machine(&r->bench);
    printf("%s peak of a core %.1f GFLOP/s\n%-7s %-14s %6s %6s %6s %8s %6s%s\n",
           r->rounded ? "bf16" : "FMA", peak, "model", "product", "m", "n", "k",
           "GFLOP/s", "% peak", r->rounded ? "" : "  OpenBLAS  ratio");
}

static int check(struct request *r, struct err *err) {
    struct shape shape;
    r->rounded = strcmp(r->precision, "bf16") == 0;
    if (r->preset && cmd_bench_shape(r->preset, &shape, err) < 0)
        return -1;
    if (!r->rounded && strcmp(r->precision, "fp32") != 0)
        return err_set(err, ERR_USAGE, "--precision %s: is not one of fp32, bf16",
                       r->precision);
    return comm_agree(r->bench.comm, r->rounded ? precision_start(false, err) : 0, err);
}

static int measure(const struct args *args, struct err *err) {
    struct request *r = args->request;
    struct comm *comm = r->bench.comm;
    if (check(r, err) < 0)
        return -1;
    double peak = r->rounded ? bench_rounded_peak(comm) : bench_fma_peak(comm);
    peak /= comm_size(comm) * omp_get_max_threads();
    if (comm_rank(comm) != 0)
        return 0;
    struct str text = {0};
    struct json_writer w = {.out = &text};
    open_report(r, peak, &w);
    for (const struct shape_preset *p = shape_presets; p->name; p++)
        if (r->preset == NULL || strcmp(r->preset, p->name) == 0)
            preset_rows(r, p->name, peak, &w);
    if (r->bench.json) {
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
