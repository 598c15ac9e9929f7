/* SPDX-License-Identifier: Apache-2.0 */
/* What the benchmarks of `mpibert bench` share. */
#ifndef MPIBERT_CLI_CMD_BENCH_H
#define MPIBERT_CLI_CMD_BENCH_H

#include <stdbool.h>
#include <stdint.h>

#include "io/syntax/json.h"
#include "mpi/binding.h"
#include "src/base/err.h"
#include "src/cli/args.h"
#include "src/core/shape.h"

/* What all of them may be told. */
struct bench {
    struct comm *comm;
    struct binding *binding; /* of threads; those of bench loader are not bound yet */
    struct args *args;
    const char *preset, *lengths, *vocab, *cursor;
    int64_t length, batch, steps, windows;
    bool json, cased, train;
};

/* The machine, as the head of a report for humans. */
void cmd_bench_machine(const struct bench *bench);
/* The same as the head of a JSON object that `writer` begins, and its end, printed. */
void cmd_bench_open(const struct bench *bench, struct json_writer *writer,
                    const char *name);
void cmd_bench_close(struct json_writer *writer);

enum { CMD_BENCH_VOCABULARY = 30522 }; /* Google's: what speeds are quoted for */

/* The shape of a preset with that vocabulary; 78 for a name that is none. */
int cmd_bench_shape(const char *preset, struct shape *shape, struct err *err);

/* A benchmark each. */
int cmd_bench_gemm(struct bench *bench, struct err *err);
int cmd_bench_kernels(struct bench *bench, struct err *err);
int cmd_bench_step(struct bench *bench, struct err *err);
int cmd_bench_loader(struct bench *bench, struct err *err);
int cmd_bench_reduce(struct bench *bench, struct err *err);
int cmd_bench_checkpoint(struct bench *bench, struct err *err);

#endif
