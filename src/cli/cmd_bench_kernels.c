/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert bench kernels: every vector kernel at a preset's sizes with every instruction
 * set of the processor, on one thread of rank 0. */
#include <math.h>
#include <stdio.h>

#include "src/bench/kernels.h"
#include "src/cli/cmd_bench.h"

static const char *const sets[] = {
    [ISA_BASELINE] = "baseline", [ISA_AVX2] = "AVX2", [ISA_AVX512] = "AVX-512"};

static void put_kernels(const struct bench *b, const struct bench_kernel *rows,
                        int count) {
    struct str text = {0};
    struct json_writer w = {.out = &text};
    cmd_bench_open(b, &w, "kernels");
    json_put_string(&w, "preset", slice_of(b->preset));
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

static void print_kernels(const struct bench *b, const struct bench_kernel *rows,
                          int count) {
    cmd_bench_machine(b);
    printf("%s: nanoseconds an element and GB/s, a core\n%-20s %5s %6s", b->preset,
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

int cmd_bench_kernels(struct bench *b, struct err *err) {
    struct bench_kernel rows[BENCH_KERNELS];
    struct shape shape;
    if (b->preset == NULL || b->length < 0 || b->length > 4096)
        return err_set(
            err, ERR_USAGE,
            "bench kernels: --preset P [--sequence-length S up to 4096] are wanted");
    if (cmd_bench_shape(b->preset, &shape, err) < 0)
        return -1;
    if (comm_rank(b->comm) != 0)
        return 0;
    int count = bench_kernels(&shape, b->length ? b->length : 128, 0.05, rows);
    (b->json ? put_kernels : print_kernels)(b, rows, count);
    return 0;
}
