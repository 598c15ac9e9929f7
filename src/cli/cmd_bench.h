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
#include "src/core/config.h"

/* The first field of every benchmark's request. */
struct bench {
    bool json;
    struct comm *comm;       /* this and the next: by cmd_bench_run */
    struct binding *binding; /* of threads */
};
#define CMD_BENCH_JSON ARG_FLAG("--json", bench.json, "one JSON object")

/* Collective.  Does `measure` with threads that are bound, or are to be. */
enum cmd_bench_threads { CMD_BENCH_BOUND, CMD_BENCH_UNBOUND };
typedef int cmd_bench_fn(const struct args *args, struct err *err);
int cmd_bench_run(struct comm *comm, const struct args *args,
                  enum cmd_bench_threads threads, cmd_bench_fn *measure,
                  struct err *err);

/* The machine, as the head of a report for humans. */
void cmd_bench_machine(const struct bench *bench);
/* The same as the head of a JSON object that `writer` begins, and its end, printed. */
void cmd_bench_open(const struct bench *bench, struct json_writer *writer,
                    const char *name);
void cmd_bench_close(struct json_writer *writer);

enum { CMD_BENCH_VOCABULARY = 30522 }; /* Google's: what speeds are quoted for */

/* The shape of a preset with that vocabulary; 78 for a name that is none. */
int cmd_bench_shape(const char *preset, struct shape *shape, struct err *err);

#endif
