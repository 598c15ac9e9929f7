/* SPDX-License-Identifier: Apache-2.0 */
/* Threads: see threads.h.  Where they belong is found by mpi/binding.c; here is what
 * needs OpenMP to be carried out. */
#include "src/train/threads.h"

#include <omp.h>
#include <stdio.h>

#include "src/base/log.h"
#include "src/base/str.h"
#include "src/kernels/openblas.h"

/* Never fewer than asked for: how sums are split is part of a run's bits. */
struct binding *threads_begin(struct comm *comm) {
    struct binding *binding = binding_create(comm);
    omp_set_dynamic(0);
    omp_set_num_threads(binding_threads(binding));
    return binding;
}

void threads_bind(const struct binding *binding) {
#pragma omp parallel
    binding_apply(binding, omp_get_thread_num());
}

static void print_lines(const char *text) {
    struct slice rest = slice_of(text), line;
    for (const char *key = "binding"; slice_line(&rest, &line); key = "")
        printf("%-9s %.*s\n", key, (int)line.size, line.data);
}

void threads_print(const struct binding *binding) {
    struct slice rest = slice_of(binding_warnings(binding)), line;
    print_lines(binding_text(binding));
    while (slice_line(&rest, &line))
        log_warn("%.*s", (int)line.size, line.data);
    if (openblas_own_threads() > 1)
        log_warn(
            "this OpenBLAS starts %d threads of its own beside OpenMP's: install the "
            "flavour built with OpenMP, or set OPENBLAS_NUM_THREADS=1",
            openblas_own_threads());
}
