/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert bench: this machine and this program by the clock.  Each benchmark is a
 * command of its own (cmd_bench_….c) that measures and prints; what they share is
 * here. */
#include "src/cli/cmd_bench.h"

#include <omp.h>
#include <stdio.h>

#include "src/base/processor.h"
#include "src/cli/command.h"
#include "src/kernels/gemm.h"
#include "src/kernels/vec.h"
#include "src/train/machine.h"
#include "src/train/threads.h"

void cmd_bench_open(const struct bench *b, struct json_writer *w, const char *name) {
    char processor[PROCESSOR_TEXT];
    json_open(w, NULL, '{');
    json_put_string(w, "benchmark", slice_of(name));
    json_put_string(w, "version", slice_of(MPIBERT_VERSION));
    processor_describe(processor);
    json_put_string(w, "processor", slice_of(processor));
    json_put_string(w, "mpi", slice_of(comm_describe()));
    json_put_string(w, "blas", slice_of(gemm_describe()));
    json_put_string(w, "kernels", slice_of(vec_describe()));
    json_put_int(w, "ranks", comm_size(b->comm));
    json_put_int(w, "threads", omp_get_max_threads());
    json_put_string(w, "binding", slice_of(binding_text(b->binding)));
}

void cmd_bench_close(struct json_writer *w) {
    json_close(w, '}');
    printf("%s\n", w->out->data);
    str_fini(w->out);
}

void cmd_bench_machine(const struct bench *b) {
    machine_print(b->comm);
    threads_print(b->binding);
}

int cmd_bench_shape(const char *preset, struct shape *shape, struct err *err) {
    struct config config;
    config_init(&config);
    int rc = config_set(&config, "model.preset", preset, "--preset", err);
    if (rc == 0)
        *shape = config_shape(&config, CMD_BENCH_VOCABULARY);
    config_fini(&config);
    return rc;
}

int cmd_bench_run(struct comm *comm, const struct args *args,
                  enum cmd_bench_threads threads, cmd_bench_fn *measure,
                  struct err *err) {
    struct bench *b = args->request;
    b->comm = comm;
    b->binding = threads_begin(comm);
    if (threads == CMD_BENCH_BOUND)
        threads_bind(b->binding);
    int rc = measure(args, err);
    binding_destroy(b->binding);
    return rc;
}

const struct command cmd_bench = {
    .name = "bench",
    .summary = "Measure this machine and this program",
    .example = "  mpirun -n 2 mpibert bench step --preset base --sequence-length 128 "
               "--batch 16\n"
               "  mpibert bench tokenize --vocab vocab.txt text.txt\n"};
