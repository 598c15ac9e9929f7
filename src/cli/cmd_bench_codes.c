/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert bench codes: sparse codes of vectors that have much in common, exactly and as
 * the published MLSM makes them.  (Of a teacher's own states: dictionary --compare.) */
#include <stdio.h>

#include "src/base/mem.h"
#include "src/bench/codes.h"
#include "src/cli/cmd_bench.h"
#include "src/cli/command.h"

struct request {
    struct bench bench;
    int64_t atoms, width, vectors;
};

static const struct arg options[] = {
    ARG_INT("--atoms", 1, 65536, atoms, "3000", "in the dictionary"),
    ARG_INT("--width", 1, 65536, width, "768", "of a vector"),
    ARG_INT("--vectors", 1, 1000000, vectors, "200", "to code at once"), CMD_BENCH_JSON,
    ARG_END};

static void print_json(const struct request *r,
                       const struct bench_code rows[CODER_MODES], double distance) {
    struct str text = {0};
    struct json_writer w = {.out = &text};
    cmd_bench_open(&r->bench, &w, "codes");
    json_put_int(&w, "atoms", r->atoms);
    json_put_int(&w, "width", r->width);
    json_put_int(&w, "vectors", r->vectors);
    for (int mode = 0; mode < CODER_MODES; mode++) {
        json_open(&w, coder_names[mode], '{');
        json_put_real(&w, "seconds_a_vector", rows[mode].seconds);
        json_put_real(&w, "atoms_in_a_code", rows[mode].atoms);
        json_put_real(&w, "objective", rows[mode].objective);
        json_close(&w, '}');
    }
    json_put_real(&w, "ratio",
                  rows[CODER_FISTA100].seconds / rows[CODER_EXACT].seconds);
    json_put_real(&w, "distance", distance);
    cmd_bench_close(&w);
}

static void print_text(const struct request *r,
                       const struct bench_code rows[CODER_MODES], double distance) {
    cmd_bench_machine(&r->bench);
    printf("%lld vectors of %lld, %lld atoms\n", (long long)r->vectors,
           (long long)r->width, (long long)r->atoms);
    for (int mode = 0; mode < CODER_MODES; mode++)
        printf("  %-8s  %10.1f us a vector  %7.2f atoms in a code  objective %.6f\n",
               coder_names[mode], 1e6 * rows[mode].seconds, rows[mode].atoms,
               rows[mode].objective);
    printf("  exact is %.1f times as fast; codes that sum to 1 differ by %.4f\n",
           rows[CODER_FISTA100].seconds / rows[CODER_EXACT].seconds, distance);
}

static int measure(const struct args *args, struct err *err) {
    const struct request *r = args->request;
    struct bench_code rows[CODER_MODES];
    double distance;
    (void)err;
    if (comm_rank(r->bench.comm) != 0)
        return 0;
    float *atoms = bench_codes_directions(r->atoms, r->width, 1);
    float *x = bench_codes_directions(r->vectors, r->width, 2);
    const struct bench_codes codes = {r->atoms, r->width, r->vectors, 0.05, atoms, x};
    bench_codes(&codes, rows, &distance);
    (r->bench.json ? print_json : print_text)(r, rows, distance);
    mem_free(atoms);
    mem_free(x);
    return 0;
}

static int job(struct comm *comm, const struct args *args, struct err *err) {
    return cmd_bench_run(comm, args, CMD_BENCH_BOUND, measure, err);
}

const struct command cmd_bench_codes = {
    .name = "bench codes",
    .summary = "Sparse codes, exactly and by FISTA, on one rank",
    .options = options,
    .request_bytes = sizeof(struct request),
    .job = job};
